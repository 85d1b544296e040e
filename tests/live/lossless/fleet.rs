//! Fleets so large that not all channels can have a second one at the same time.
use crate::lossless::stage::{PATIENCE, Stage, ask, connect};
use gcwatch::cloud::{Mailbox, Plan, ServiceSource, SourceHandle, topics_of_queue};
use gcwatch::domain::control::{Control, EventKind, Gap};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::session::{Phase, Policy};
use gcwatch::simulator::service::SimulatorSettings;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// Simulated seconds per second.
const SPEED: f64 = 10.0;
/// Channels that the service keeps.
const QUOTA: usize = 20;

/// What came from a fleet.
#[derive(Default)]
struct Seen {
    /// How often each numbered frame was handed on, for each channel by itself.
    numbers: HashMap<(ChannelNumber, u64), u32>,
    phases: BTreeMap<ChannelNumber, Phase>,
    handed_over: BTreeSet<ChannelNumber>,
    /// Gaps by channel; one that is still open has no end.
    gaps: BTreeMap<ChannelNumber, Gap>,
    said: Vec<String>,
}

impl Seen {
    fn take(&mut self, mailbox: &Mailbox) {
        if !mailbox.wait(Duration::from_millis(20)) {
            return;
        }
        let batch = mailbox.take();
        assert_eq!(batch.thinned.dropped, 0, "the test takes fast enough");
        for control in batch.control {
            match control {
                Control::Session(report) => {
                    self.phases.insert(report.channel, report.phase);
                }
                Control::Gap(gap) => {
                    self.gaps.insert(gap.channel, gap);
                }
                Control::Event(event) => {
                    if event.kind == EventKind::HandedOver {
                        self.handed_over.extend(event.channel);
                    }
                    self.said.push(event.sentence);
                }
                _ => {}
            }
        }
        for frame in batch.frames {
            let Some((_, rest)) = frame.text().and_then(|text| text.split_once("\"number\":"))
            else {
                continue;
            };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let number = digits.parse().expect("a number");
            *self.numbers.entry((frame.channel, number)).or_default() += 1;
        }
    }

    fn live(&self) -> usize {
        self.phases.values().filter(|phase| matches!(phase, Phase::Live | Phase::Silent)).count()
    }

    fn until(&mut self, mailbox: &Mailbox, what: &str, enough: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !enough(self) {
            assert!(
                begun.elapsed() < PATIENCE,
                "never came: {what}\n{:?}\n{:#?}",
                self.phases,
                self.said
            );
            self.take(mailbox);
        }
    }
}

/// A fleet of so many channels, each with the topics of one queue.
fn start(channels: usize) -> (Stage, SourceHandle, Mailbox) {
    let stage = Stage::new(SimulatorSettings {
        seed: 12,
        speed: SPEED,
        extra_queues: channels.saturating_sub(10),
        ..SimulatorSettings::default()
    });
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    let queues = stage.queues[..channels].to_vec();
    let packs = queues.iter().map(|queue| topics_of_queue(queue).to_vec()).collect();
    let plan = Plan { packs, snapshot_queues: queues, ..Plan::default() };
    let policy = Policy { overlap: Duration::from_millis(500), ..Policy::default().scaled(SPEED) };
    let source =
        ServiceSource::start(&stage.client, plan, policy, mailbox.clone()).expect("a source");
    (stage, source, mailbox)
}

/// The ids of all channels that the service ever made, and how many of them it removed.
fn made(stage: &Stage) -> (usize, usize) {
    let truth = ask(&mut connect(&stage.host), "GET", "/simulator/coverage", "");
    let truth: Value = serde_json::from_str(&truth).expect("JSON");
    let channels = truth["channels"].as_array().expect("a list");
    (channels.len(), channels.iter().filter(|channel| !channel["removed"].is_null()).count())
}

fn notify_all(stage: &Stage) {
    let notice = r#"{"socket_closing":{"seconds":60}}"#;
    ask(&mut connect(&stage.host), "POST", "/simulator/faults", notice);
}

#[test]
fn twelve_channels_that_are_all_announced_to_close_hand_over_by_turns_and_lose_nothing() {
    const CHANNELS: usize = 12;
    let (stage, source, mailbox) = start(CHANNELS);
    let mut seen = Seen::default();
    seen.until(&mailbox, "all live", |seen| seen.live() == CHANNELS);
    let mut connection = connect(&stage.host);
    let mut sent = 0_u64;
    let mut send = |seen: &mut Seen| {
        let frame = format!(
            r#"{{"topicName":"v2.users.numbered.presence","version":"2","eventBody":{{"number":{sent}}},"metadata":{{}}}}"#
        );
        ask(&mut connection, "POST", "/simulator/frames", &frame);
        sent += 1;
        seen.take(&mailbox);
    };
    // twice, so that what was left by the first round is used by the second
    for round in 1..=2 {
        notify_all(&stage);
        let begun = Instant::now();
        while seen.handed_over.len() < CHANNELS {
            assert!(begun.elapsed() < PATIENCE, "{:?}\n{:#?}", seen.handed_over, seen.said);
            send(&mut seen);
        }
        // the sockets that were announced to close are closed by now, and new ones may be
        while begun.elapsed() < Duration::from_secs(7) {
            send(&mut seen);
        }
        let (made, removed) = made(&stage);
        assert!(made <= QUOTA, "round {round}: {made} channels made");
        assert_eq!(removed, 0, "round {round}: evicted");
        assert_eq!(seen.live(), CHANNELS);
        seen.handed_over.clear();
    }
    let last = sent - 1;
    seen.until(&mailbox, "the last number on each", |seen| {
        seen.numbers.keys().filter(|(_, number)| *number == last).count() == CHANNELS
    });
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    for number in 0..sent {
        for channel in seen.phases.keys() {
            let times = seen.numbers.get(&(*channel, number)).copied().unwrap_or_default();
            assert_eq!(times, 1, "number {number} of {sent} on channel {channel}");
        }
    }
    assert!(sent > 200, "{sent}");
    stage.end(source);
}

#[test]
fn twenty_channels_have_no_room_for_another_and_come_back_on_their_own_with_a_gap() {
    let (stage, source, mailbox) = start(QUOTA);
    let mut seen = Seen::default();
    seen.until(&mailbox, "all live", |seen| seen.live() == QUOTA);
    notify_all(&stage);
    seen.until(&mailbox, "a gap on each, closed and healed", |seen| {
        seen.gaps.len() == QUOTA
            && seen.gaps.values().all(|gap| gap.until.is_some() && gap.healed_by.is_some())
    });
    seen.until(&mailbox, "all live again", |seen| seen.live() == QUOTA);
    assert!(seen.handed_over.is_empty());
    assert_eq!(made(&stage), (QUOTA, 0), "nothing made beyond the twenty, none evicted");
    for gap in seen.gaps.values() {
        let until = gap.until.expect("closed");
        let length = Duration::try_from(until.duration_since(gap.from)).expect("forwards");
        // two seconds may have been under way when the socket was closed
        assert!(length < Duration::from_secs(2 + 3), "{length:?} ({})", gap.cause);
    }
    // as a person asks for another channel: nothing comes of it, and nothing is lost by it
    assert!(source.send(gcwatch::cloud::Command::Renew));
    let said = |seen: &Seen| seen.said.iter().filter(|said| said.contains("in use")).count();
    seen.until(&mailbox, "it is said", |seen| said(seen) >= 2 * QUOTA);
    assert_eq!(seen.live(), QUOTA);
    stage.end(source);
}
