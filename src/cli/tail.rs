//! `gcwatch tail`: one JSON object a line on standard output.
//!
//! Frames and events in the order in which they came. Nothing is lost in silence: what had to be
//! left out because the reader was too slow is a line too. Writing happens on a thread of its
//! own, so that a reader that stands still delays no pong.
use super::arguments::{RecordArguments, Selection, TailOptions};
use super::connect::{client, watched};
use super::problem::{Exit, Problem};
use super::record::Recording;
use super::simulated::{runtime, stop_signal};
use crate::cloud::{Clock, Mailbox, ServiceSource, SourceHandle, SourceState};
use crate::domain::control::{Control, EventKind};
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FRAME_FIELDS, FrameField, FrameRecord, Reading};
use crate::domain::frame::Frame;
use crate::domain::intake::WhenFull;
use crate::domain::monitor::directory::Directory;
use crate::domain::session::{Failure, FailureKind, FrameKind, Phase, Policy};
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, Topic};
use crate::settings::resolve::ConnectionSettings;
use jiff::Timestamp;
use lines::event_line;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

mod lines;
mod snapshot;

pub(super) use lines::{event_lines, frame_line};

/// Batches that wait for the writing thread; what comes meanwhile waits in the mailbox, which has
/// its own bound and counts what it leaves out.
const WAITING_BATCHES: usize = 4;
/// How long the source may take to end when the program does, and the reader to take what is left.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// Buffer before standard output, in bytes.
const BUFFER: usize = 64 << 10;
/// Divisions that are named at most when all topics are refused; a terminal's screen takes no more.
const MAX_DIVISIONS_NAMED: usize = 5;
/// Topics that were refused of which the divisions are looked up: all that one client can subscribe, 4 MB.
const MAX_REFUSED: usize = MAX_CHANNELS * MAX_TOPICS_PER_CHANNEL;
/// How often the writer is asked whether it takes more, while it doesn't.
const PATIENCE: Duration = Duration::from_millis(20);

/// Runs it.
pub(super) fn run(
    settings: &ConnectionSettings,
    selection: &Selection,
    options: &TailOptions,
    record: &RecordArguments,
) -> Result<(), Problem> {
    let wanted = Wanted::parse(options, settings)?;
    let client = client(settings)?;
    let runtime = runtime()?;
    let begun = Instant::now();
    let limits = Limits::new(begun, options);
    let profile = settings.profile.as_ref().map(ToString::to_string);
    let found = runtime.block_on(async {
        timeout_at(limits.up, watched(&client, selection, &settings.watches, profile)).await
    });
    let found = found.unwrap_or_else(|_| Err(too_late(options, "asking the service for names")))?;
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    let recording = Recording::start(record, &mailbox, Clock::default())?;
    for names in &found.names {
        mailbox.push_control(names.clone());
    }
    let source = ServiceSource::start(&client, found.plan, Policy::default(), mailbox.clone())
        .map_err(|error| Problem::running(format!("can't start: {error}")))?;
    let (send, receive) = sync_channel(WAITING_BATCHES);
    let (tell, mut written) = oneshot::channel();
    std::thread::Builder::new()
        .name("gcwatch-write".to_owned())
        // nobody listens any more where it was given up
        .spawn(move || drop(tell.send(write_lines(&receive))))
        .map_err(|error| Problem::running(format!("can't start: {error}")))?;
    let mut tail = Tail {
        options,
        wanted,
        directory: Directory::default(),
        count: 0,
        counts: !options.since_snapshot,
        live: false,
        last_reason: String::new(),
        refused: BTreeSet::new(),
    };
    let (ended, written) = runtime.block_on(async {
        // one listener for the whole run: a signal between two turns must not be missed
        let mut stop = std::pin::pin!(stop_signal());
        let ended = tail.follow(&mailbox, &source, send, stop.as_mut(), limits).await;
        let written = match ended {
            Ended::ByItself(_) => tokio::select! {
                written = &mut written => Some(written),
                () = stop => None,
                () = at(limits.end.map(|end| end.max(Instant::now() + STOP_LIMIT))) => None,
            },
            // a reader that stands still would hold the program for ever
            Ended::Told(_) => timeout(STOP_LIMIT, &mut written).await.ok(),
        };
        (ended, written)
    });
    source.stop(STOP_LIMIT);
    if let Some(recording) = recording {
        recording.stop();
    }
    match written {
        Some(Ok(Err(error))) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Problem::running(format!("can't write: {error}")));
        }
        _ => {}
    }
    match ended {
        Ended::ByItself(result) | Ended::Told(result) => result,
    }
}

/// Until when.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// It must be up by then.
    up: Instant,
    /// It ends then, up or not.
    end: Option<Instant>,
}

impl Limits {
    fn new(begun: Instant, options: &TailOptions) -> Self {
        let end = options.for_time.map(|length| begun + length);
        let up = begun + options.connect_timeout;
        Self { up: end.map_or(up, |end| end.min(up)), end }
    }
}

/// How it came to an end.
enum Ended {
    /// What was waited for is there, or no more can come: what isn't written yet still is.
    ByItself(Result<(), Problem>),
    /// A signal or the time ended it: there is no waiting for a slow reader.
    Told(Result<(), Problem>),
}

/// Returns at that time; never without one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn too_late(options: &TailOptions, reason: &str) -> Problem {
    let waited = options.for_time.unwrap_or(Duration::MAX).min(options.connect_timeout);
    Problem::new(Exit::Unreachable, format!("not up within {waited:?}: {reason}")).remedy(
        "check region, network and proxy; --connect-timeout and --for set how long is waited",
    )
}

fn write_lines(lines: &Receiver<Vec<String>>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    while let Ok(batch) = lines.recv() {
        for line in batch {
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Which frames are written, and which one ends it.
struct Wanted {
    filter: Option<Filter<FrameField>>,
    until: Option<Filter<FrameField>>,
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    passes: bool,
    ends: bool,
}

impl Wanted {
    /// Reads both expressions, so that a mistake is told before anything is connected.
    fn parse(options: &TailOptions, settings: &ConnectionSettings) -> Result<Self, Problem> {
        let read = |option: &str, text: &Option<String>| {
            let read = |text: &String| {
                let profile = || Ok(settings.profile.clone());
                let text = &*super::saved::meant_in(option, text, profile)?;
                Filter::parse(text, FRAME_FIELDS).map_err(|error| {
                    Problem::usage(format!("{option}: {error}\n{}", error.pointed(text)))
                })
            };
            text.as_ref().map(read).transpose()
        };
        let filter = read("--filter", &options.filter)?;
        Ok(Self { filter, until: read("--until", &options.until)? })
    }

    fn judge(&self, frame: &Frame, directory: &Directory) -> Verdict {
        if self.filter.is_none() && self.until.is_none() {
            return Verdict { passes: true, ends: false };
        }
        let reading = Reading::of(frame);
        let record = FrameRecord::new(frame, &reading, directory);
        Verdict {
            passes: self.filter.as_ref().is_none_or(|filter| filter.matches(&record)),
            ends: self.until.as_ref().is_some_and(|until| until.matches(&record)),
        }
    }
}

struct Tail<'a> {
    options: &'a TailOptions,
    wanted: Wanted,
    /// Names of queues and users, by which filters may ask.
    directory: Directory,
    count: u64,
    /// Whether frames are counted and may end it: with `--since-snapshot` not before what is live is known,
    /// or else that it can't be had.
    counts: bool,
    live: bool,
    last_reason: String,
    /// Topics that were refused, at most [`MAX_REFUSED`]. Topics, not words: the names of their divisions may
    /// come later.
    refused: BTreeSet<Topic>,
}

impl Tail<'_> {
    async fn follow(
        &mut self,
        mailbox: &Mailbox,
        source: &SourceHandle,
        send: SyncSender<Vec<String>>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
        limits: Limits,
    ) -> Ended {
        let mut finished = source.finished();
        loop {
            // What came in first, so that its end isn't reported before its last frames.
            let ended = tokio::select! {
                biased;
                () = &mut stop => return Ended::Told(Ok(())),
                () = mailbox.ready() => None,
                _ = finished.changed() => match finished.borrow().clone() {
                    SourceState::Ended(failure) => Some(failure),
                    SourceState::Running => continue,
                },
                () = at(self.next(limits)) => return Ended::Told(self.time_ran_out()),
            };
            let mut lines = Vec::new();
            let turn = self.lines_of(mailbox, &mut lines);
            // in words only now: refusals and divisions may have been among what waited
            let last = ended
                .map(|failure| failure.map_or(Ok(()), |failure| Err(self.problem_of(failure))));
            let last = match turn {
                ControlFlow::Break(()) => Some(last.unwrap_or(Ok(()))),
                ControlFlow::Continue(()) => last,
            };
            let next = self.next(limits);
            // a reader that stands still must hold up neither a signal nor the end of the time
            let handed = tokio::select! {
                biased;
                () = &mut stop => return Ended::Told(last.unwrap_or(Ok(()))),
                handed = hand_over(&send, lines) => Some(handed),
                () = at(next) => None,
            };
            match (handed, last) {
                (Some(_), Some(last)) => return Ended::ByItself(last),
                (Some(false), None) => return Ended::ByItself(Ok(())),
                (None, Some(last)) => return Ended::Told(last),
                (None, None) => return Ended::Told(self.time_ran_out()),
                // looked at here as well: where something always waits its turn never comes above
                (Some(true), None) if next.is_some_and(|next| Instant::now() >= next) => {
                    return Ended::Told(self.time_ran_out());
                }
                (Some(true), None) => {}
            }
        }
    }

    /// Why it ended by itself, and where the permissions must be granted if it is for want of them.
    fn problem_of(&self, failure: Failure) -> Problem {
        let is_refused = failure.kind == FailureKind::NotPermitted && !self.refused.is_empty();
        let problem = Problem::of_connecting(failure);
        if !is_refused {
            return problem;
        }
        problem.remedy(format!(
            "have an administrator grant what is missing to the role of this login, in {}",
            self.directory.divisions_in_words(&self.refused, MAX_DIVISIONS_NAMED)
        ))
    }

    /// When it has waited long enough, as things stand.
    fn next(&self, limits: Limits) -> Option<Instant> {
        if self.live { limits.end } else { Some(limits.up) }
    }

    /// How it ends when the time does: in vain if it never came up or something was waited for.
    fn time_ran_out(&self) -> Result<(), Problem> {
        if !self.live {
            let reason = Some(self.last_reason.as_str()).filter(|reason| !reason.is_empty());
            return Err(too_late(self.options, reason.unwrap_or("no answer")));
        }
        let in_vain = match (self.options.count, &self.options.until) {
            (Some(wanted), _) => {
                format!("the time ran out after {} of {wanted} frames", self.count)
            }
            (None, Some(until)) => {
                format!("the time ran out before a frame passed --until '{until}'")
            }
            (None, None) => return Ok(()),
        };
        Err(Problem::new(Exit::TimeOut, in_vain))
    }

    /// The lines of what waits, in the order of its times.
    fn lines_of(&mut self, mailbox: &Mailbox, lines: &mut Vec<String>) -> ControlFlow<()> {
        let batch = mailbox.take();
        let mut events: Vec<(Timestamp, String)> = Vec::new();
        for control in batch.control {
            self.note(&control);
            if !self.options.no_events {
                events.extend(event_lines(&control, &self.directory));
            }
            if let (true, Control::Snapshot(snapshot)) = (self.options.since_snapshot, &control) {
                events.extend(snapshot::lines(snapshot, &self.directory));
            }
            self.directory.learn(control);
        }
        if batch.thinned.dropped > 0 && !self.options.no_events {
            let now = Timestamp::now();
            let rest = json!({"dropped": batch.thinned.dropped,
                "message": "the reader was too slow; these frames are missing"});
            events.push((now, event_line(now, "thinned", rest)));
        }
        let mut events = events.into_iter().peekable();
        for frame in &batch.frames {
            while let Some((_, line)) = events.next_if(|(at, _)| *at <= frame.received) {
                lines.push(line);
            }
            let verdict = self.wanted.judge(frame, &self.directory);
            let is_hidden = !self.options.heartbeats && is_heartbeat(frame);
            let ends = verdict.ends && self.counts;
            if ends || (verdict.passes && !is_hidden) {
                lines.push(frame_line(frame));
                self.count += u64::from(self.counts);
            }
            if ends || self.options.count.is_some_and(|wanted| self.count >= wanted) {
                // what is known of what is missing is told in any case
                lines.extend(events.map(|(_, line)| line));
                return ControlFlow::Break(());
            }
        }
        lines.extend(events.map(|(_, line)| line));
        ControlFlow::Continue(())
    }

    fn note(&mut self, control: &Control) {
        match control {
            Control::Session(report) => {
                self.live |= report.phase == Phase::Live;
                if !report.reason.is_empty() {
                    self.last_reason.clone_from(&report.reason);
                }
            }
            Control::Event(event)
                if matches!(event.kind, EventKind::Retrying | EventKind::GaveUp) =>
            {
                self.last_reason.clone_from(&event.sentence);
                // what is tried again while frames come is the snapshot
                self.counts |= self.live;
            }
            Control::Snapshot(_) => self.counts = true,
            Control::Topics { outcomes, .. } => {
                let refused = outcomes.iter().filter(|outcome| outcome.rejection.is_some());
                for outcome in refused {
                    if self.refused.len() < MAX_REFUSED {
                        self.refused.insert(outcome.topic.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

/// Hands lines to the writer, waiting while it has enough; whether it still takes any.
async fn hand_over(send: &SyncSender<Vec<String>>, lines: Vec<String>) -> bool {
    let mut lines = lines;
    while !lines.is_empty() {
        match send.try_send(lines) {
            Ok(()) => return true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(back)) => {
                lines = back;
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }
    true
}

fn is_heartbeat(frame: &Frame) -> bool {
    matches!(crate::domain::decode::frame_kind(frame), FrameKind::Heartbeat | FrameKind::Pong)
}
