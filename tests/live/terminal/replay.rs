//! A replay in a real terminal, by its keys: pause, steps, paces, times, gaps, alerts, frames, the end.
use super::emulator::Terminal;
use crate::program::Home;
use gcwatch::domain::control::{Control, Gap};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::tape::{Entry, Header, Limits, Privacy, TapeWriter};
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;

/// Ten minutes from 14:00 on, a frame a second. A frame holds the word that is looked for in the first
/// and in the fourth minute; an agent stops answering in the third and in the fifth; a gap lies in the
/// second.
fn write(path: &Path) {
    let start: Timestamp = "2026-11-23T14:00:00Z".parse().expect("a time");
    let channel = ChannelNumber(1);
    let header = Header::new(start, Privacy::Clear);
    let mut writer = TapeWriter::create(path, header, Limits::default()).expect("a tape");
    for second in 1..=600 {
        let at = start + Duration::from_secs(second);
        let text = match second {
            60 | 240 => r#"{"topicName":"v2.needle","eventBody":{}}"#.to_owned(),
            180 | 300 => r#"{"topicName":"v2.users.u1.routingStatus","eventBody":{"id":"u1","routingStatus":{"status":"NOT_RESPONDING"}}}"#.to_owned(),
            _ => format!(r#"{{"topicName":"v2.hay","eventBody":{{"n":{second}}}}}"#),
        };
        if second == 120 {
            let cause = "the socket was closed".to_owned();
            let gap = Gap { channel, from: at, until: Some(at), cause, healed_by: None };
            writer.push(&Entry::Control { at, control: Box::new(Control::Gap(gap)) });
        }
        let payload = Payload::Text(text.into());
        writer.push(&Entry::Frame(Frame { received: at, channel, payload }));
    }
    writer.flush().expect("room");
}

/// A replay that is on the screen.
struct Replay(Terminal);

impl Replay {
    fn start(path: &Path, options: &[&str]) -> Self {
        let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
        command.args(["replay", path.to_str().expect("a path")]);
        command.args(options);
        command.env("TZ", "UTC");
        Self(Terminal::run(command, 120, 30))
    }

    /// Presses keys, then waits for the bar to say this.
    fn bar(&mut self, keys: &str, word: &str) {
        self.0.press(keys);
        self.0.wait_for(word, |screen| first_line(&screen.contents()).contains(word));
    }

    /// Presses keys, then waits for the clock of the bar to stand there, with the replay paused.
    fn stands_at(&mut self, keys: &str, clock: &str) {
        self.0.press(keys);
        self.0.wait_for(clock, |screen| {
            let contents = screen.contents();
            let bar = first_line(&contents);
            bar.contains("REPLAY PAUSED") && bar.contains(&format!("{clock} UTC"))
        });
    }

    /// Answers what a key asks for.
    fn asks(&mut self, key: &str, label: &str, answer: &str, clock: &str) {
        self.0.press(key);
        self.0.wait_for_text(label);
        self.stands_at(&format!("{answer}\r"), clock);
    }

    fn says(&mut self, keys: &str, sentence: &str) {
        self.0.press(keys);
        self.0.wait_for_text(sentence);
    }
}

fn first_line(contents: &str) -> &str {
    contents.lines().next().unwrap_or_default()
}

#[test]
fn a_replay_is_paused_stepped_sought_both_ways_and_says_its_end() {
    let home = Home::new();
    let tape = home.file("a.tape.zst");
    write(&tape);
    let mut replay = Replay::start(&tape, &[]);
    replay.bar("", "REPLAY ×1");
    replay.bar("+", "REPLAY ×2");
    replay.bar("-", "REPLAY ×1");
    replay.bar("p", "REPLAY PAUSED");
    // from here on nothing moves but by keys, so that each place is known to the second
    replay.asks("T", "time", "14:00:10", "14:00:10");
    replay.stands_at(".", "14:00:11");
    replay.stands_at(".", "14:00:12");
    replay.stands_at("]", "14:01:12");
    replay.bar("}", "REPLAY ENDED");
    replay.bar("", "14:10:00 UTC");
    replay.stands_at("{", "14:00:00");
    replay.stands_at("x", "14:02:00");
    replay.says("x", "no gap after here");
    replay.asks("T", "time", "+9m", "14:09:00");
    replay.stands_at("X", "14:02:00");
    replay.says("X", "no gap before here");
    replay.stands_at("!", "14:03:00");
    replay.stands_at("!", "14:05:00");
    replay.says("!", "no agent who doesn't answer after here");
    replay.stands_at("@", "14:03:00");
    replay.says("@", "no agent who doesn't answer before here");
    replay.asks("#", "find before", "needle", "14:01:00");
    // what was looked for stands there already
    replay.asks("*", "find", "", "14:04:00");
    replay.asks("#", "find before", "", "14:01:00");
    replay.0.press("#");
    replay.0.wait_for_text("find before");
    replay.says("\r", "no frame before here passes that filter");
    replay.stands_at("", "14:01:00");
    replay.0.press("T");
    replay.0.wait_for_text("time");
    replay.bar("14:30\r", "REPLAY ENDED");
    replay.0.press("q");
    assert_eq!(replay.0.ends(), 0);
}

#[test]
fn a_replay_at_full_speed_hears_keys_and_one_without_connection_records_says_so() {
    let home = Home::new();
    let tape = home.file("a.tape");
    // as tail writes them: enough for seconds of playing, and nothing of connections
    let frame = |number: u32| {
        let (minute, second) = (number / 6_000, number / 100 % 60);
        let at = format!("2026-11-23T14:{minute:02}:{second:02}.{:02}Z", number % 100);
        format!(
            "{{\"received\":\"{at}\",\"channel\":1,\"topic\":\"v2.hay\",\"frame\":{{\"topicName\":\"v2.hay\",\"eventBody\":{{\"n\":{number}}}}}}}\n"
        )
    };
    std::fs::write(&tape, (0..60_000).map(frame).collect::<String>()).expect("a tape");
    let mut replay = Replay::start(&tape, &["--speed", "max"]);
    replay.bar("", "? LINK UNKNOWN");
    replay.0.wait_for_text("this recording doesn't tell how the connection stood");
    replay.bar("", "REPLAY max");
    // had the key to wait for the end, it would find nothing to pause
    replay.bar("p", "REPLAY PAUSED");
    assert!(!replay.0.text().contains("14:09:59 UTC"), "that is the end: {}", replay.0.text());
    replay.bar("p", "REPLAY ENDED");
    replay.bar("", "14:09:59 UTC");
    replay.0.press("q");
    assert_eq!(replay.0.ends(), 0);
}
