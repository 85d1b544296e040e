use super::{MAX_WAITING_ENTRIES, Recorder, RecorderSettings, Tell};
use crate::domain::control::{Control, Divisions};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::ChannelNumber;
use crate::domain::intake::Tap;
use crate::domain::recording::Standing;
use crate::tape::format::{Entry, Privacy};
use crate::tape::reader::Reader;
use crate::tape::writer::Limits;
use jiff::Timestamp;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

fn settings(path: &Path) -> RecorderSettings {
    RecorderSettings {
        path: path.to_owned(),
        privacy: Privacy::Clear,
        limits: Limits::default(),
        now: Arc::new(Timestamp::now),
    }
}

/// A frame whose text zstd can't make small.
fn frame(number: u64) -> Frame {
    let mut random = fastrand::Rng::with_seed(number);
    let noise: String = (0..400).map(|_| random.alphanumeric()).collect();
    Frame {
        received: Timestamp::from_millisecond(i64::try_from(number).unwrap()).unwrap(),
        channel: ChannelNumber(1),
        payload: Payload::Text(
            format!("{{\"topicName\":\"v2.a\",\"n\":{number},\"noise\":\"{noise}\"}}").into(),
        ),
    }
}

fn listen() -> (Tell, Receiver<String>) {
    let (send, said) = channel();
    let send = Mutex::new(send);
    let tell: Tell = Arc::new(move |control| {
        if let Control::Event(event) = control {
            let _ = send.lock().unwrap().send(event.sentence);
        }
    });
    (tell, said)
}

fn entries(path: &Path) -> Vec<Entry> {
    let mut reader = Reader::open(path).unwrap();
    std::iter::from_fn(|| reader.next_entry().unwrap()).collect()
}

fn frames(path: &Path) -> Vec<Frame> {
    let frame = |entry| match entry {
        Entry::Frame(frame) => Some(frame),
        _ => None,
    };
    entries(path).into_iter().filter_map(frame).collect()
}

#[test]
fn what_came_is_in_the_tape_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.tape", "a.tape.zst"] {
        let path = folder.path().join(name);
        let (tell, said) = listen();
        let recorder = Recorder::start(&settings(&path), tell).unwrap();
        for number in 0..2_000 {
            recorder.frame(&frame(number));
            if number == 1_000 {
                recorder.control(&Control::Token { expires: None, renews: true });
            }
        }
        assert!(recorder.stop(PATIENCE));
        assert_eq!(frames(&path), (0..2_000).map(frame).collect::<Vec<_>>());
        let token = entries(&path).iter().position(|entry| matches!(entry, Entry::Control { .. }));
        assert_eq!(token, Some(1_002), "after the header and 1,001 frames");
        assert!(recorder.status().bytes > 0);
        assert!(said.try_recv().is_err());
    }
}

#[test]
fn a_file_with_something_in_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tape");
    std::fs::write(&path, "mine").unwrap();
    assert!(Recorder::start(&settings(&path), listen().0).is_err());
    // the same, by one who doesn't wait for it
    let (tell, said) = listen();
    let recorder = Recorder::begin(&settings(&path), tell).unwrap();
    assert!(recorder.stop(PATIENCE));
    assert_eq!(recorder.status().standing, Standing::Ended);
    let failure = recorder.failure().unwrap();
    assert!(failure.contains("never written over"), "{failure}");
    assert!(said.try_iter().all(|sentence| sentence == failure));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn a_recording_goes_on_in_other_files_and_forgets_the_oldest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tape");
    let limits = Limits { bytes: Some(600 << 10), age: None, keep: Some(2) };
    let recorder = Recorder::start(&RecorderSettings { limits, ..settings(&path) }, listen().0);
    let recorder = recorder.unwrap();
    let queue = crate::domain::control::Named {
        id: crate::domain::identity::QueueId::new("q"),
        name: "Queue".into(),
    };
    recorder.control(&Control::Queues(vec![queue.clone()]));
    let divisions = Divisions { queues: vec![queue], users: Vec::new() };
    recorder.control(&Control::Divisions(divisions.clone()));
    for number in 0..6_000 {
        recorder.frame(&frame(number));
    }
    assert!(recorder.stop(PATIENCE));
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    let mut numbers = Vec::new();
    for name in &names {
        let part = entries(&folder.path().join(name));
        let Entry::Header(header) = &part[0] else { panic!("a part without a header") };
        assert!(header.part > 1);
        assert!(matches!(&part[1], Entry::Control { control, .. }
            if matches!(**control, Control::Queues(_))));
        assert!(matches!(&part[2], Entry::Control { control, .. }
            if **control == Control::Divisions(divisions.clone())));
        numbers.extend(frames(&folder.path().join(name)));
    }
    numbers.sort_by_key(|frame| frame.received);
    let last = numbers.len() as u64;
    assert_eq!(numbers, (6_000 - last..6_000).map(frame).collect::<Vec<_>>(), "none between");
}

/// Frames must go in as if there were no disk at all.
fn push_more_than_waits(recorder: &Recorder) {
    let all: Vec<Frame> = (0..2 * MAX_WAITING_ENTRIES as u64).map(frame).collect();
    let begun = Instant::now();
    for frame in &all {
        recorder.frame(frame);
    }
    // generous: a push takes a microsecond, and a single write that waited would wait for ever
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_slows_nothing_and_leaves_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let (tell, said) = listen();
    let recorder = Recorder::start(&settings(&path), tell).unwrap();
    assert!(said.recv_timeout(PATIENCE).unwrap().contains("isn't open yet"));
    assert_eq!(recorder.status().standing, Standing::Opening);
    push_more_than_waits(&recorder);
    assert!(said.recv_timeout(PATIENCE).unwrap().contains("can't keep up"));
    assert_eq!(recorder.status().lost, MAX_WAITING_ENTRIES as u64);
    assert_eq!(recorder.status().standing, Standing::TooSlow);
    // now somebody reads, and finds first what waited, then the gap
    let reading = path.clone();
    let reader = std::thread::spawn(move || std::fs::read_to_string(reading).unwrap());
    assert!(recorder.stop(PATIENCE));
    let text = reader.join().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + MAX_WAITING_ENTRIES + 1);
    let gap: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!((&gap["event"], &gap["frames"]), (&"tape_gap".into(), &MAX_WAITING_ENTRIES.into()));
}

#[cfg(unix)]
#[test]
fn a_pipe_that_is_never_read_holds_no_end_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let recorder = Recorder::start(&settings(&path), listen().0).unwrap();
    recorder.frame(&frame(1));
    assert!(!recorder.stop(Duration::from_millis(50)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_slows_nothing_and_is_told_once() {
    let (tell, said) = listen();
    let recorder = Recorder::start(&settings(Path::new("/dev/full")), tell).unwrap();
    push_more_than_waits(&recorder);
    let first = said.recv_timeout(PATIENCE).unwrap();
    assert!(first.contains("can't write") || first.contains("can't keep up"), "{first}");
    let begun = Instant::now();
    while recorder.status().standing != Standing::NotWriting {
        assert!(begun.elapsed() < PATIENCE, "{:?}", recorder.status());
        std::thread::yield_now();
    }
    recorder.stop(PATIENCE);
    assert_eq!(recorder.status().standing, Standing::Ended);
    let said: Vec<String> = std::iter::once(first).chain(said.try_iter()).collect();
    assert_eq!(said.iter().filter(|text| text.contains("can't write")).count(), 1, "{said:?}");
    assert_eq!(recorder.status().bytes, 0);
    assert!(recorder.status().lost > 0);
}

/// Frames bring the time of the source's clock, which may run sixty times as fast as the machine's:
/// what else is in the tape must stand between them.
#[test]
fn everything_in_a_tape_has_the_time_of_one_clock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.tape");
    let clock = Arc::new(Mutex::new(0_u64));
    let reading = Arc::clone(&clock);
    let at = |number: u64| Timestamp::from_millisecond(i64::try_from(number).unwrap()).unwrap();
    let now = Arc::new(move || at(*reading.lock().unwrap()));
    let recorder =
        Recorder::start(&RecorderSettings { now, ..settings(&path) }, listen().0).unwrap();
    for number in 1..=9 {
        *clock.lock().unwrap() = number;
        if number % 3 == 0 {
            recorder.control(&Control::ClockSkew { milliseconds: 0 });
        } else {
            recorder.frame(&frame(number));
        }
    }
    assert!(recorder.stop(PATIENCE));
    let times: Vec<Timestamp> = entries(&path).iter().map(Entry::at).collect();
    assert_eq!(times, (0..=9).map(at).collect::<Vec<_>>());
}
