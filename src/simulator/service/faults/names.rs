//! Names of queues and divisions in a fault: what is forbidden where nothing is called so would do nothing,
//! and whoever wrote it would take a slip of the keyboard for a service that permits everything.
//!
//! Must not know where a fault was written.
use super::{Fault, MAX_NEW_QUEUES, Scenario, ScenarioError};
use crate::simulator::service::SimulatorSettings;
use crate::simulator::service::state::State;
use crate::simulator::tape::Summary;
use crate::simulator::world::{DIVISIONS, further_queue_name, named_queues};
use std::collections::BTreeSet;

/// Names that a sentence proposes; the contact centre has ten queues with names of their own.
const MAX_PROPOSED: usize = 10;

/// Which queues and divisions there are.
struct Names<'a> {
    /// The tape that is played: the names are its own.
    tape: Option<&'a Summary>,
    /// Queues beyond those that have names of their own.
    further_queues: usize,
}

impl Names<'_> {
    fn has_queue(&self, name: &str) -> bool {
        match self.tape {
            Some(tape) => tape.queues.values().any(|known| known == name),
            None => {
                named_queues().any(|known| known == name)
                    || (1..=self.further_queues).any(|number| further_queue_name(number) == name)
            }
        }
    }

    fn has_division(&self, name: &str) -> bool {
        match self.tape {
            Some(tape) => tape.divisions.values().any(|known| known == name),
            None => DIVISIONS.contains(&name),
        }
    }

    fn proposed_queues(&self) -> String {
        match self.tape {
            Some(tape) => listed(tape.queues.values().map(String::as_str)),
            None => listed(named_queues()),
        }
    }

    fn proposed_divisions(&self) -> String {
        match self.tape {
            Some(tape) => listed(tape.divisions.values().map(String::as_str)),
            None => listed(DIVISIONS.into_iter()),
        }
    }

    /// The first name that the fault forbids and nothing has, in a sentence.
    fn stranger(&self, fault: &Fault) -> Option<String> {
        let source = if self.tape.is_some() { "on the tape" } else { "here" };
        for forbidden in fault.forbid.iter().flatten() {
            if let Some(name) = forbidden.queue.as_deref().filter(|name| !self.has_queue(name)) {
                let all = self.proposed_queues();
                return Some(format!("no queue {source} is called {name:?}; there are {all}"));
            }
            let division = forbidden.division.as_deref();
            if let Some(name) = division.filter(|name| !self.has_division(name)) {
                let all = self.proposed_divisions();
                return Some(format!("no division {source} is called {name:?}; there are {all}"));
            }
        }
        None
    }

    /// Once this fault has been played.
    fn after(&mut self, fault: &Fault) {
        self.further_queues += fault.new_queues.min(MAX_NEW_QUEUES);
    }
}

/// Some names, each once, in a sentence.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut seen = BTreeSet::new();
    let mut names = names.filter(|name| seen.insert(*name)).map(|name| format!("{name:?}"));
    let shown: Vec<String> = names.by_ref().take(MAX_PROPOSED).collect();
    match (shown.is_empty(), names.next()) {
        (true, _) => "none".to_owned(),
        (false, None) => shown.join(", "),
        (false, Some(_)) => format!("{}, …", shown.join(", ")),
    }
}

impl SimulatorSettings {
    fn names(&self) -> Names<'_> {
        let tape = self.tape.as_ref().map(|tape| &tape.summary);
        Names { tape, further_queues: self.extra_queues }
    }

    /// A name of a queue or division in the faults from the beginning that nothing has, in a sentence.
    #[must_use]
    pub fn stranger(&self) -> Option<String> {
        let mut names = self.names();
        self.faults.iter().find_map(|fault| {
            let stranger = names.stranger(fault);
            names.after(fault);
            stranger
        })
    }

    /// The same in the scenario, with its place. Queues that it opens before are there. What is drawn and
    /// not written isn't held against it.
    #[must_use]
    pub fn stranger_in_scenario(&self) -> Option<ScenarioError> {
        let mut names = self.names();
        self.faults.iter().for_each(|fault| names.after(fault));
        self.scenario.iter().flat_map(Scenario::placed).find_map(|(fault, place)| {
            let error = place.zip(names.stranger(fault));
            names.after(fault);
            error.map(|((line, column), what)| ScenarioError { line, column, what })
        })
    }
}

impl State {
    /// A name of a queue or division in the fault that nothing has, in a sentence.
    pub(in crate::simulator::service) fn stranger(&self, fault: &Fault) -> Option<String> {
        let tape = self.settings.tape.as_ref().map(|tape| &tape.summary);
        let further_queues =
            self.world.queue_names().count().saturating_sub(named_queues().count());
        Names { tape, further_queues }.stranger(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Scenario, SimulatorSettings, Summary};
    use crate::simulator::service::Tape;

    fn told(text: &str, settings: SimulatorSettings) -> Option<String> {
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let settings = SimulatorSettings { scenario: Some(scenario), ..settings };
        settings.stranger_in_scenario().map(|error| error.to_string())
    }

    fn forbid(at: &str, what: &str) -> String {
        let forbid = format!(r#"{{ topic = "*", {what}, permission = "p" }}"#);
        format!("[[step]]\nat = \"{at}\"\nfault = {{ forbid = [{forbid}] }}\n")
    }

    fn tape(queues: &[&str], divisions: &[&str]) -> SimulatorSettings {
        let numbered = |names: &[&str]| {
            let numbers = (0..).map(|number: usize| number.to_string());
            numbers.zip(names.iter().map(|name| (*name).to_owned())).collect()
        };
        let (queues, divisions) = (numbered(queues), numbered(divisions));
        let summary = Summary { queues, divisions, ..Summary::default() };
        let tape = Tape { path: "by_hand".into(), summary, repeats: false };
        SimulatorSettings { tape: Some(tape), ..SimulatorSettings::default() }
    }

    #[test]
    fn a_name_that_nothing_has_is_told_with_its_place() {
        let here = SimulatorSettings::default;
        for right in
            [r#"queue = "Billing""#, r#"division = "Insurance""#, r#"queue = "日本語サポート""#]
        {
            assert_eq!(told(&forbid("1s", right), here()), None, "{right}");
        }
        let queue = told(&forbid("1s", r#"queue = "billing""#), here()).unwrap_or_default();
        let begins = r#"3:9: no queue here is called "billing"; there are "Billing", "Sales","#;
        assert!(queue.starts_with(begins) && queue.ends_with("\"Back Office\""), "{queue}");
        assert_eq!(
            told(&forbid("1s", r#"queue = "Sales", division = "Home""#), here()).as_deref(),
            Some(r#"3:9: no division here is called "Home"; there are "Retail", "Insurance""#)
        );
        let right_first = forbid("1s", r#"queue = "Sales""#) + &forbid("2s", r#"queue = "Sails""#);
        let later = told(&right_first, here()).unwrap_or_default();
        assert!(later.starts_with("6:9: no queue here is called \"Sails\""), "{later}");
    }

    #[test]
    fn a_queue_is_there_once_it_was_opened() {
        let further =
            |number| SimulatorSettings { extra_queues: number, ..SimulatorSettings::default() };
        let text = forbid("9s", r#"queue = "Queue 0002""#);
        assert!(told(&text, further(1)).is_some());
        assert_eq!(told(&text, further(2)), None);
        let opened = "[[step]]\nat = \"8s\"\nfault = { new_queues = 1 }\n";
        assert_eq!(told(&(text.clone() + opened), further(1)), None);
        let too_late = opened.replace("8s", "10s");
        assert!(told(&(text.clone() + &too_late), further(1)).is_some());
        let faults = vec![Fault { new_queues: 2, ..Fault::default() }];
        assert_eq!(told(&text, SimulatorSettings { faults, ..SimulatorSettings::default() }), None);
    }

    #[test]
    fn of_a_tape_the_names_on_it_count() {
        let north = forbid("1s", r#"division = "North""#);
        assert_eq!(told(&north, tape(&["Night desk"], &["North", "North"])), None);
        let named = "[[step]]\nat = \"1s\"\nfault = \"queue_forbidden\"\n";
        assert_eq!(
            told(named, tape(&["Night desk", "Day desk"], &[])).as_deref(),
            Some(
                r#"3:9: no queue on the tape is called "Billing"; there are "Night desk", "Day desk""#
            )
        );
        assert_eq!(
            told(&north, tape(&[], &[])).as_deref(),
            Some(r#"3:9: no division on the tape is called "North"; there are none"#)
        );
        let drawn = "[random]\nfaults = 400\nover = \"24h\"\n";
        assert_eq!(told(drawn, tape(&[], &[])), None);
        let billing = Fault::named("queue_forbidden").into_iter().collect();
        let settings = SimulatorSettings { faults: billing, ..tape(&[], &[]) };
        let told = settings.stranger().unwrap_or_default();
        assert_eq!(told, r#"no queue on the tape is called "Billing"; there are none"#);
    }
}
