//! A service that does as told and a judge of what the machine does; the tests are beside it.
use super::*;
use crate::domain::control::EventKind;
use std::collections::BTreeMap;

mod day;
mod failures;
mod laws;
mod person;
mod room;
mod subscription;
mod transitions;
mod waits;

const CHANNEL: ChannelNumber = ChannelNumber(1);

/// A service that does as told, and a judge of the machine's behaviour.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the service's side")]
struct World {
    session: Session,
    now: Moment,
    /// What is open or under way for each line.
    lines: BTreeMap<LineId, Under>,
    has_token: bool,
    asked_token: bool,
    asked_snapshot: bool,
    overlap: Option<(LineId, LineId)>,
    log: Vec<Effect>,
    over: bool,
    /// Whether pings are answered at once while time passes.
    answers_pings: bool,
}

/// What is under way for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Creating,
    Dialing,
    Open,
    Closed,
}

impl World {
    fn new(seed: u64) -> Self {
        let now = Moment {
            wall: "2026-11-24T08:00:00Z".parse().unwrap(),
            uptime: Duration::from_secs(1_000),
        };
        Self {
            session: Session::new(CHANNEL, Policy::default(), seed),
            now,
            lines: BTreeMap::new(),
            has_token: false,
            asked_token: false,
            asked_snapshot: false,
            overlap: None,
            log: Vec::new(),
            over: false,
            answers_pings: false,
        }
    }

    fn send(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.session.on(event, self.now);
        for effect in &effects {
            self.judge(effect);
        }
        let open =
            self.lines.values().filter(|u| matches!(u, Under::Dialing | Under::Open)).count();
        assert!(open <= 2, "never more than two sockets");
        if open == 2 {
            assert!(
                self.session.successor.is_some() || self.session.retiring.is_some(),
                "two sockets only during a hand-over"
            );
        }
        if self.over {
            assert_eq!(self.session.deadline(), None, "an ended session waits for nothing");
        } else if self.session.active.is_some() {
            let deadline = self.session.deadline().expect("every wait has a deadline");
            assert!(
                deadline <= self.now.uptime + Duration::from_secs(5),
                "the clocks are compared often enough"
            );
        }
        self.log.extend(effects.iter().cloned());
        effects
    }

    fn judge(&mut self, effect: &Effect) {
        assert!(!self.over, "nothing is done after the end: {effect:?}");
        match effect {
            Effect::ObtainToken { fresh } => {
                if *fresh {
                    self.has_token &= self.session.token.ready;
                }
                self.asked_token = true;
            }
            Effect::CreateChannel { line } => {
                assert!(self.has_token, "no channel without a token");
                assert!(self.lines.insert(*line, Under::Creating).is_none_or(|u| u != Under::Open));
            }
            Effect::Dial { line } => {
                let before = self.lines.insert(*line, Under::Dialing);
                assert!(
                    !matches!(before, Some(Under::Dialing | Under::Open)),
                    "two live dials for one channel"
                );
            }
            Effect::Subscribe { line } => {
                assert!(self.has_token, "no subscription without a token");
                assert_eq!(
                    self.lines.get(line),
                    Some(&Under::Open),
                    "subscribed before it is open"
                );
            }
            Effect::SendPing { line } => assert_eq!(self.lines.get(line), Some(&Under::Open)),
            Effect::Drop { line } => {
                self.lines.insert(*line, Under::Closed);
            }
            Effect::Forget { line } | Effect::Retire { line } => {
                self.lines.remove(line);
            }
            Effect::BeginOverlap { old, new } => {
                assert!(self.overlap.replace((*old, *new)).is_none(), "one overlap at a time");
            }
            Effect::EndOverlap => self.overlap = None,
            Effect::TakeSnapshot => self.asked_snapshot = true,
            Effect::GiveUp(_) | Effect::Stopped => self.over = true,
            // what is abandoned gets no answer: nothing here answers by itself
            Effect::Abandon { .. }
            | Effect::CheckChannel { .. }
            | Effect::Gap(_)
            | Effect::Say { .. } => {}
        }
    }

    /// Lets time pass as the network edge does: the machine is told the time whenever it asked to
    /// be. Gives all effects.
    fn pass(&mut self, by: Duration) -> Vec<Effect> {
        let end = self.now.after(by);
        let mut effects = Vec::new();
        while let Some(due) = self.session.deadline().filter(|due| *due < end.uptime) {
            let step = due.saturating_sub(self.now.uptime).max(Duration::from_millis(1));
            self.now = self.now.after(step);
            effects.extend(self.tick());
        }
        self.now = end;
        effects.extend(self.tick());
        effects
    }

    fn tick(&mut self) -> Vec<Effect> {
        let mut effects = self.send(Event::Tick);
        let pinged = effects.iter().find_map(|effect| match effect {
            Effect::SendPing { line } => Some(*line),
            _ => None,
        });
        if let Some(line) = pinged.filter(|_| self.answers_pings) {
            effects.extend(self.send(Event::Frame { line, kind: FrameKind::Pong }));
        }
        effects
    }

    /// Answers everything that is asked for with yes, until nothing is.
    fn all_is_well(&mut self) {
        for _ in 0..40 {
            let expires =
                Some(crate::domain::moment::add(self.now.wall, Duration::from_secs(86_400)));
            let line = self
                .lines
                .iter()
                .find(|(_, under)| matches!(under, Under::Creating | Under::Dialing))
                .map(|(line, under)| (*line, *under));
            if std::mem::take(&mut self.asked_token) {
                self.has_token = true;
                self.send(Event::TokenReady { expires });
            } else if let Some((line, Under::Creating)) = line {
                self.lines.insert(line, Under::Closed);
                self.send(Event::ChannelReady {
                    line,
                    short: "streaming-0-ab…".to_owned(),
                    expires,
                });
            } else if let Some((line, _)) = line {
                self.lines.insert(line, Under::Open);
                self.send(Event::Dialed { line });
            } else if let Some(line) = self.line_in(line::Step::Subscribing) {
                self.send(Event::Subscribed { line, permitted: 10, rejected: 0, expires });
                self.send(Event::Frame { line, kind: FrameKind::Pong });
            } else if let Some(line) = self.line_in(line::Step::Checking) {
                self.send(Event::Checked { line, outcome: ChannelCheck::Exists });
            } else if std::mem::take(&mut self.asked_snapshot) {
                self.send(Event::SnapshotTaken { what: "all".to_owned() });
            } else {
                return;
            }
        }
    }

    fn line_in(&self, step: line::Step) -> Option<LineId> {
        let lines = [&self.session.active, &self.session.successor].into_iter().flatten();
        lines.into_iter().find(|line| line.step == step).map(|line| line.id)
    }

    fn live() -> Self {
        let mut world = Self::new(7);
        world.send(Event::Start);
        world.all_is_well();
        assert_eq!(world.session.report().phase, Phase::Live);
        world.log.clear();
        world
    }

    fn active(&self) -> LineId {
        self.session.active.as_ref().expect("there is an active line").id
    }

    fn close(&mut self, code: Option<u16>) -> Vec<Effect> {
        let line = self.active();
        self.lines.insert(line, Under::Closed);
        self.send(Event::Closed { line, end: SocketEnd { code, reason: String::new() } })
    }

    fn heartbeat(&mut self) {
        let line = self.active();
        self.send(Event::Frame { line, kind: FrameKind::Heartbeat });
    }

    fn said(&self, kind: EventKind) -> usize {
        self.log.iter().filter(|e| matches!(e, Effect::Say { kind: k, .. } if *k == kind)).count()
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, sentence: "it failed".to_owned(), retry_after: None, context_id: None }
}
