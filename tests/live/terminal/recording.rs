//! Recording from the screen, and the replay of a tape: keys in, the bar and the file out.
use super::emulator::Terminal;
use crate::program::{Home, said};
use serde_json::Value;
use std::path::Path;

/// Types over what the line offers.
fn answer(terminal: &mut Terminal, text: &str) {
    terminal.press(&format!("\u{15}{text}"));
    terminal.wait_for_text(text);
    terminal.press("\r");
}

/// Waits until the bar shows a recording of at least so many kilobytes.
fn wait_for_kilobytes(terminal: &mut Terminal, least: u64) {
    terminal.wait_for("a recording that grows", |screen| {
        let contents = screen.contents();
        let size = contents.split_once("◉ REC ").and_then(|(_, after)| after.split_once(" kB"));
        size.is_some_and(|(size, _)| size.parse::<u64>().is_ok_and(|size| size >= least))
    });
}

fn info(home: &Home, tape: &Path) -> Value {
    let run = said(home.command(&["tape", "info", "--json"]).arg(tape));
    assert_eq!(run.code, Some(0), "{}", run.told);
    serde_json::from_str(&run.out).expect("JSON")
}

#[test]
fn a_key_records_says_so_and_ends_it_with_a_tape_that_stands_alone() {
    let home = Home::new();
    let (tape, second) = (home.file("a.tape"), home.file("b.tape.zst"));
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 160, 40);
    terminal.wait_for_text("LIVE");
    terminal.press("\u{12}");
    terminal.wait_for_text("record, redacted: gcwatch-2");
    // given up: nothing is recorded
    terminal.press("\u{1b}");
    terminal.wait_for("the line to go", |screen| !screen.contents().contains("record, redacted"));
    assert!(!terminal.text().contains("REC"), "{}", terminal.text());
    terminal.press("\u{12}");
    terminal.wait_for_text("record, redacted: gcwatch-2");
    answer(&mut terminal, tape.to_str().expect("a path"));
    wait_for_kilobytes(&mut terminal, 1);
    terminal.wait_for("frames in the tape", |_| {
        let text = std::fs::read_to_string(&tape).unwrap_or_default();
        text.lines().filter(|line| line.contains("\"frame\":")).count() > 3
    });
    terminal.press("\u{12}");
    terminal.wait_for_text("recorded ");
    terminal.wait_for("the bar without it", |screen| !screen.contents().contains("◉ REC"));
    let known = info(&home, &tape);
    assert_eq!(known["header"]["privacy"], "redacted");
    assert!(known["frames"].as_u64().is_some_and(|frames| frames > 3), "{known}");
    let text = std::fs::read_to_string(&tape).expect("the tape");
    assert!(!text.contains("Billing"), "a queue's name is in a redacted tape");
    // it began in the middle of a day, and still has what a replay needs
    for kind in ["\"session\"", "\"queues\"", "\"users\"", "\"topics\"", "\"snapshot\""] {
        assert!(text.contains(kind), "no {kind}");
    }

    // again, in clear, which has to be asked for and can't be overlooked
    terminal.press("\u{12}");
    terminal.wait_for_text("record, redacted: gcwatch-2");
    terminal.press("\t");
    terminal.wait_for_text("record IN CLEAR: gcwatch-2");
    answer(&mut terminal, second.to_str().expect("a path"));
    terminal.wait_for_text("◉ REC CLEAR ");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(info(&home, &second)["header"]["privacy"], "clear");
}

#[test]
fn what_is_wrong_with_a_recording_is_on_the_screen() {
    let home = Home::new();
    let taken = home.file("taken.tape");
    std::fs::write(&taken, "mine").expect("a file");
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 160, 40);
    terminal.wait_for_text("LIVE");
    terminal.press("\u{12}");
    terminal.wait_for_text("record, redacted: gcwatch-2");
    answer(&mut terminal, taken.to_str().expect("a path"));
    terminal.wait_for_text("recordings are never written over");
    terminal.wait_for("the bar without it", |screen| !screen.contents().contains("REC "));
    // a full disk
    terminal.press("\u{12}");
    terminal.wait_for_text("record, redacted: gcwatch-2");
    answer(&mut terminal, "/dev/full");
    terminal.wait_for_text("▲ REC NOT WRITTEN -");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(std::fs::read_to_string(&taken).expect("the file"), "mine");
}

#[test]
fn an_option_records_too_the_key_ends_it_and_a_replay_says_why_it_cannot() {
    let home = Home::new();
    let tape = home.file("a.tape.zst");
    let path = tape.to_str().expect("a path");
    let mut terminal = Terminal::start(&["demo", "--seed", "5", "--record", path], 160, 40);
    wait_for_kilobytes(&mut terminal, 1);
    terminal.press("\u{12}");
    terminal.wait_for_text("recorded ");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    let mut terminal = Terminal::start(&["replay", path], 160, 40);
    terminal.wait_for_text("REPLAY");
    terminal.press("\u{12}");
    terminal.wait_for_text("this is a recording already");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

/// A disk that is full for a while: a file that may not grow stands for it, since a whole disk can only
/// be had by who may mount one.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_grow_is_told_and_the_tape_goes_on_with_a_gap_when_it_can() {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
    let home = Home::new();
    let tape = home.file("a.tape");
    let mut command = Terminal::command("sh");
    // blocks of 512 bytes; without the signal, writing more is an error like that of a full disk
    command
        .args(["-c", "trap '' XFSZ; ulimit -S -f 96; exec \"$0\" demo --seed 5 --record \"$1\""]);
    command.args([env!("CARGO_BIN_EXE_gcwatch"), tape.to_str().expect("a path")]);
    let mut terminal = Terminal::run(command, 160, 40);
    terminal.wait_for_text("▲ REC NOT WRITTEN -");
    assert!(terminal.text().contains("LIVE"), "the screen doesn't wait: {}", terminal.text());
    let process = i32::try_from(terminal.process()).ok().and_then(Pid::from_raw);
    let unlimited = Rlimit {
        current: getrlimit(Resource::Fsize).maximum,
        maximum: getrlimit(Resource::Fsize).maximum,
    };
    prlimit(process, Resource::Fsize, unlimited).expect("it may have room again");
    // beyond where it stood, not only written to again: what was torn there was taken back first
    terminal.wait_for("a tape that has grown beyond that", |screen| {
        let length = std::fs::metadata(&tape).map_or(0, |file| file.len());
        screen.contents().contains("◉ REC") && length > 96 * 512
    });
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    let known = info(&home, &tape);
    let lost = known["lost"].as_u64().expect("a number");
    assert!(lost > 0 && known["damagedLines"] == 0 && known["cutOff"] == false, "{known}");
    let text = std::fs::read_to_string(&tape).expect("the tape");
    let gaps: Vec<&str> = text.lines().filter(|line| line.contains("\"tape_gap\"")).collect();
    // where little fits in behind the first, there may be another
    let told = gaps.iter().all(|gap| gap.contains("writing failed"));
    assert!(!gaps.is_empty() && told, "{gaps:?}");
}
