//! What alerts do outside the screen: the bell, a notice by the terminal, a command.
//!
//! There is no client for desktop notifications in here: `notify-rust` brings a second D-Bus
//! library beside the keyring's, and `command = ["notify-send", …]` does the same where there is
//! a desktop at all. The command is started without a shell, gets JSON on standard input, runs on
//! a thread of its own, and what it prints goes nowhere; that it failed is an event.
use super::child;
use crate::domain::alert::{Alerts, Transition};
use crate::domain::control::{ConnectionEvent, EventKind};
use crate::domain::monitor::directory::Directory;
use crate::domain::text::harmless_within;
use crate::settings::file::{NotifySettings, TerminalNotice};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Commands that run at a time. One that hangs must not become a hundred.
const MAX_RUNNING: usize = 4;
/// How long a command may take.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// Most alerts in one notice. At some 250 bytes each the text fits into a pipe, so that a command
/// that reads nothing can't hold its thread beyond the time limit.
const MAX_IN_NOTICE: usize = 50;
/// Longest notice by the terminal, in characters.
const MAX_NOTICE_CHARACTERS: usize = 200;

/// Rings.
#[derive(Debug)]
pub(super) struct Notifier {
    settings: NotifySettings,
    /// How each command ended; `None` is well. Its threads hold the other ends.
    ended: Receiver<Option<String>>,
    end: SyncSender<Option<String>>,
    running: usize,
}

impl Notifier {
    /// Rings as the settings say.
    pub(super) fn new(settings: NotifySettings) -> Self {
        let (end, ended) = sync_channel(MAX_RUNNING);
        Self { settings, ended, end, running: 0 }
    }

    /// Rings for what shall ring, and gives what must be written to the terminal; and what went
    /// wrong, now or with an earlier command, as events.
    pub(super) fn ring(
        &mut self,
        transitions: &[Transition],
        alerts: &Alerts,
        directory: &Directory,
        now: Timestamp,
    ) -> (Vec<u8>, Vec<ConnectionEvent>) {
        let mut failures = Vec::new();
        while let Ok(ended) = self.ended.try_recv() {
            self.running = self.running.saturating_sub(1);
            failures.extend(ended);
        }
        let ringing: Vec<&Transition> = transitions.iter().filter(|one| one.rings).collect();
        let mut bytes = Vec::new();
        if let Some(first) = ringing.first() {
            let mut sentence = alerts.sentence(first, directory);
            if ringing.len() > 1 {
                sentence = format!("{sentence}, and {} more", ringing.len() - 1);
            }
            bytes = self.terminal_notice(&sentence);
            if !self.settings.command.is_empty() {
                failures.extend(self.start(&notice(&ringing, alerts, directory)).err());
            }
        }
        let event = |sentence| ConnectionEvent {
            at: now,
            channel: None,
            kind: EventKind::Note,
            sentence,
            context_id: None,
            retry_in: None,
        };
        (bytes, failures.into_iter().map(event).collect())
    }

    fn terminal_notice(&self, sentence: &str) -> Vec<u8> {
        // a name could end the sequence or, in OSC 777, begin another field
        let text = harmless_within(sentence, MAX_NOTICE_CHARACTERS).replace(';', ",");
        let mut bytes = match self.settings.terminal.unwrap_or_default() {
            TerminalNotice::None => Vec::new(),
            TerminalNotice::Osc9 => format!("\x1b]9;{text}\x1b\\").into_bytes(),
            TerminalNotice::Osc777 => format!("\x1b]777;notify;gcwatch;{text}\x1b\\").into_bytes(),
        };
        if self.settings.rings_bell() {
            bytes.push(b'\x07');
        }
        bytes
    }

    fn start(&mut self, notice: &Value) -> Result<(), String> {
        let Some((program, arguments)) = self.settings.command.split_first() else { return Ok(()) };
        if self.running >= MAX_RUNNING {
            return Err(format!(
                "the alert command was not started: {MAX_RUNNING} of it are still running"
            ));
        }
        let mut command = Command::new(program);
        command.args(arguments);
        let (end, text, name) = (self.end.clone(), format!("{notice}\n"), program.clone());
        let work = move || {
            let failure = child::run(command, &text, TIME_LIMIT);
            let told = failure.map(|why| {
                format!("the alert command {} {why}", harmless_within(&name, MAX_NOTICE_CHARACTERS))
            });
            // nobody listens any more when the program ends
            let _ = end.try_send(told);
        };
        let thread = std::thread::Builder::new().name("gcwatch-notify".to_owned());
        thread
            .spawn(work)
            .map_err(|error| format!("the alert command was not started: {error}"))?;
        self.running += 1;
        Ok(())
    }
}

/// What a command gets.
fn notice(ringing: &[&Transition], alerts: &Alerts, directory: &Directory) -> Value {
    let listed: Vec<Value> = ringing
        .iter()
        .take(MAX_IN_NOTICE)
        .map(|one| {
            json!({
                "at": format!("{:.3}", one.at),
                "rule": &*one.id.rule,
                "queue": one.id.queue.as_str(),
                "queueName": directory.queue(&one.id.queue),
                "change": one.change.word(),
                "level": one.level.word(),
                "since": format!("{:.3}", one.since),
                "figure": one.figure,
                "sentence": alerts.sentence(one, directory),
            })
        })
        .collect();
    json!({"alerts": listed, "more": ringing.len().saturating_sub(MAX_IN_NOTICE)})
}

#[cfg(test)]
mod tests {
    use super::{Notifier, TIME_LIMIT};
    use crate::domain::alert::{AlertId, Alerts, Change, Level, Transition};
    use crate::domain::identity::QueueId;
    use crate::domain::monitor::directory::Directory;
    use crate::settings::file::{NotifySettings, TerminalNotice};
    use serde_json::Value;

    fn transition(rings: bool) -> Transition {
        let at = "2026-11-23T14:03:12Z".parse().unwrap();
        let id = AlertId { rule: "wait;\u{1b}ing".into(), queue: QueueId::new("q1") };
        let (change, level) = (Change::Raised, Level::Critical);
        Transition { at, id, change, level, since: at, figure: 7.0, rings }
    }

    fn ring(notifier: &mut Notifier, rings: bool) -> (Vec<u8>, Vec<String>) {
        let (alerts, directory) = (Alerts::default(), Directory::default());
        let transition = transition(rings);
        let now = transition.at;
        let (bytes, events) = notifier.ring(&[transition], &alerts, &directory, now);
        (bytes, events.into_iter().map(|event| event.sentence).collect())
    }

    fn notifier(terminal: TerminalNotice, command: &[&str]) -> Notifier {
        Notifier::new(NotifySettings {
            terminal: Some(terminal),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            ..NotifySettings::default()
        })
    }

    /// Rings once, then waits for what is told of the command.
    fn outcome(notifier: &mut Notifier) -> Option<String> {
        assert!(ring(notifier, true).1.is_empty());
        notifier.ended.recv_timeout(TIME_LIMIT * 3).expect("it ends")
    }

    #[test]
    fn the_terminal_is_told_and_nothing_from_outside_ends_the_sequence() {
        let (bytes, _) = ring(&mut notifier(TerminalNotice::Osc777, &[]), true);
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.starts_with("\x1b]777;notify;gcwatch;") && text.ends_with("\x1b\\\x07"),
            "{text:?}"
        );
        assert_eq!((text.matches('\x1b').count(), text.matches(';').count()), (2, 3), "{text:?}");
        assert!(ring(&mut notifier(TerminalNotice::Osc9, &[]), false).0.is_empty());
    }

    #[test]
    fn a_command_gets_json_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notice");
        let script = format!("cat > {}; test -z \"$GENESYSCLOUD_ACCESS_TOKEN\"", path.display());
        let mut notifier = notifier(TerminalNotice::None, &["sh", "-c", &script]);
        assert_eq!(outcome(&mut notifier), None);
        let notice: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(notice["alerts"][0]["level"], "critical");
        assert_eq!((&notice["alerts"][0]["queue"], &notice["more"]), (&"q1".into(), &0.into()));
    }

    #[test]
    fn commands_that_fail_are_told_and_no_more_than_a_few_run() {
        let missing = outcome(&mut notifier(TerminalNotice::None, &["/nonexistent/x"])).unwrap();
        assert!(missing.contains("can't be started"), "{missing}");
        let failing =
            outcome(&mut notifier(TerminalNotice::None, &["sh", "-c", "exit 3"])).unwrap();
        assert!(failing.contains('3'), "{failing}");
        let mut slow = notifier(TerminalNotice::None, &["sleep", "2"]);
        for _ in 0..super::MAX_RUNNING {
            assert!(ring(&mut slow, true).1.is_empty());
        }
        assert!(ring(&mut slow, true).1[0].contains("still running"));
    }
}
