//! Tells findings: one by one as text, or all at the end as JSON. Must not judge.
use super::super::problem::{Exit, Problem};
use crate::domain::diagnosis::{Blame, Finding, Verdict, first_fault};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Width of the column with the check's word.
const WORD_COLUMNS: usize = 17;
/// Columns before the sentence: sign, blank, word, blank.
const MARGIN: usize = WORD_COLUMNS + 3;
/// Narrowest text beside the margin: below it lines are left to the terminal.
const MIN_TEXT: usize = 30;

/// Collects and tells.
pub(super) struct Report {
    as_json: bool,
    ascii: bool,
    /// Columns of the terminal; `None` when standard output is none: then nothing is broken, so
    /// that whoever searches the text finds whole sentences.
    columns: Option<usize>,
    begun: Instant,
    last: Instant,
    told: Vec<(Finding, Duration)>,
}

impl Report {
    pub(super) fn new(as_json: bool, ascii: bool) -> Self {
        let columns = std::io::stdout()
            .is_terminal()
            .then(|| crossterm::terminal::size().ok())
            .flatten()
            .map(|(columns, _)| usize::from(columns));
        let now = Instant::now();
        Self { as_json, ascii, columns, begun: now, last: now, told: Vec::new() }
    }

    /// How long the diagnosis has taken so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Tells a finding; says whether the check is passed.
    pub(super) fn tell(&mut self, finding: Finding) -> bool {
        let took = self.last.elapsed();
        self.last = Instant::now();
        if !self.as_json {
            print(&self.text(&finding));
        }
        let passed = matches!(finding.verdict, Verdict::Good | Verdict::Warning);
        self.told.push((finding, took));
        passed
    }

    fn text(&self, finding: &Finding) -> String {
        let sign = match (self.ascii, finding.verdict) {
            (false, verdict) => verdict.sign(),
            (true, Verdict::Good) => '+',
            (true, Verdict::Warning) => '!',
            (true, Verdict::Fault) => 'x',
            (true, Verdict::Skipped) => '-',
        };
        let head = format!("{sign} {:<WORD_COLUMNS$} ", finding.check.word());
        let skipped = if finding.verdict == Verdict::Skipped { "skipped: " } else { "" };
        let mut text = self.lines(&head, &format!("{skipped}{}", finding.found));
        let margin = " ".repeat(MARGIN);
        if let Some(remedy) = &finding.remedy {
            let arrow = if self.ascii { "->" } else { "→" };
            text.push_str(&self.lines(&margin, &format!("{arrow} {remedy}")));
        }
        if let Some(id) = &finding.context_id {
            text.push_str(
                &self.lines(&margin, &format!("contextId for the service's support: {id}")),
            );
        }
        text
    }

    /// A sentence behind `head`, broken at blanks to fit the terminal.
    fn lines(&self, head: &str, sentence: &str) -> String {
        let room = self.columns.and_then(|columns| columns.checked_sub(MARGIN));
        let Some(room) = room.filter(|room| *room >= MIN_TEXT) else {
            return format!("{head}{sentence}\n");
        };
        let mut text = head.to_owned();
        let mut used = 0;
        for word in sentence.split(' ') {
            let width = unicode_width::UnicodeWidthStr::width(word);
            if used > 0 && used + 1 + width > room {
                text.push('\n');
                text.push_str(&" ".repeat(MARGIN));
                used = 0;
            }
            if used > 0 {
                text.push(' ');
                used += 1;
            }
            text.push_str(word);
            used += width;
        }
        text.push('\n');
        text
    }

    /// Tells the end: steps that work, and the first fault as what ends the program.
    pub(super) fn close(self, what_works: &[String]) -> Result<(), Problem> {
        let findings: Vec<Finding> = self.told.iter().map(|(finding, _)| finding.clone()).collect();
        let fault = first_fault(&findings).cloned();
        let warnings = findings.iter().filter(|one| one.verdict == Verdict::Warning).count();
        if self.as_json {
            print(&format!("{:#}\n", self.json(fault.as_ref(), warnings, what_works)));
        } else {
            self.print_end(fault.as_ref(), warnings, what_works);
        }
        let Some(fault) = fault else { return Ok(()) };
        if !self.as_json {
            let faults = findings.iter().filter(|one| one.verdict == Verdict::Fault).count();
            let (check, found) = (fault.check.word(), if faults == 1 { "fault" } else { "faults" });
            let told = format!("{faults} {found} found; mend first: {check}");
            return Err(Problem::new(exit_of(fault.blame), told));
        }
        let problem = Problem::new(
            exit_of(fault.blame),
            format!("mend this first ({}): {}", fault.check.word(), fault.found),
        );
        Err(match fault.remedy {
            Some(remedy) => problem.remedy(remedy),
            None => problem,
        })
    }

    fn print_end(&self, fault: Option<&Finding>, warnings: usize, what_works: &[String]) {
        if !what_works.is_empty() {
            let steps = what_works.iter().enumerate();
            let steps: String = steps.map(|(at, step)| format!("  {}. {step}\n", at + 1)).collect();
            print(&format!("\nwhat works:\n{steps}"));
        }
        let seconds = self.elapsed().as_secs_f32();
        let told = match (fault, warnings) {
            (Some(_), _) => return,
            (None, 0) => format!("\nall that is needed works ({seconds:.1} s)\n"),
            (None, 1) => format!("\nall that is needed works, with one warning ({seconds:.1} s)\n"),
            (None, many) => {
                format!("\nall that is needed works, with {many} warnings ({seconds:.1} s)\n")
            }
        };
        print(&told);
    }

    fn json(&self, fault: Option<&Finding>, warnings: usize, what_works: &[String]) -> Value {
        let checks: Vec<Value> = self
            .told
            .iter()
            .map(|(finding, took)| {
                json!({
                    "check": finding.check.word(),
                    "verdict": finding.verdict.word(),
                    "found": finding.found,
                    "remedy": finding.remedy,
                    "contextId": finding.context_id,
                    "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                })
            })
            .collect();
        let outcome = match (fault, warnings) {
            (Some(_), _) => "fault",
            (None, 1..) => "warning",
            (None, 0) => "ok",
        };
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "checked": format!("{:.0}", Timestamp::now()),
            "outcome": outcome,
            "exitCode": fault.map_or(0, |fault| exit_of(fault.blame) as u8),
            "firstFault": fault.map(|fault| fault.check.word()),
            "milliseconds": u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX),
            "checks": checks,
            "whatWorks": what_works,
        })
    }
}

fn exit_of(blame: Blame) -> Exit {
    match blame {
        Blame::Configuration => Exit::Usage,
        Blame::Credentials => Exit::Credentials,
        Blame::Permission => Exit::Permission,
        Blame::Unreachable => Exit::Unreachable,
        Blame::Other => Exit::Running,
    }
}

/// Standard output may be closed: then nobody reads it, and that is no reason to fail.
fn print(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
