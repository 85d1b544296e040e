//! `gcwatch tape`: what is in a recording, and less of it. Streaming: the size of the tape doesn't
//! matter.
use super::arguments::{CutArguments, TapeAction};
use super::problem::Problem;
use crate::domain::control::Control;
use crate::domain::decode::topic_name;
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FRAME_FIELDS, FrameRecord, Reading};
use crate::domain::frame::Frame;
use crate::domain::monitor::directory::Directory;
use crate::domain::monitor::topics::Topics;
use crate::domain::text::harmless_within;
use crate::domain::topic::Topic;
use crate::tape::{
    Compression, Entry, Header, Limits, Privacy, Reader, Redactor, TapeError, TapeWriter, Total,
};
use jiff::Timestamp;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Topics that `info` names: the loudest.
const LOUDEST: usize = 10;

impl From<TapeError> for Problem {
    fn from(error: TapeError) -> Self {
        Self::usage(error)
    }
}

/// Carries one of them out.
pub(super) fn run(action: &TapeAction) -> Result<(), Problem> {
    match action {
        TapeAction::Info { tape, json } => super::print(&info(tape, *json)?),
        TapeAction::Redact { tape, out } => redact(tape, out.as_deref()),
        TapeAction::Cut(arguments) => cut(arguments),
        TapeAction::Grep { tape, filter, count } => grep(tape, filter, *count),
    }
}

/// What is in a tape.
#[derive(Default)]
struct Contents {
    header: Option<Header>,
    span: Option<(Timestamp, Timestamp)>,
    frames: u64,
    bytes: u64,
    control: u64,
    gaps: u64,
    lost: u64,
    topics: Topics,
    names: u64,
}

impl Contents {
    fn note(&mut self, entry: Entry) {
        let at = entry.at();
        if !matches!(entry, Entry::Header(_)) {
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        match entry {
            Entry::Header(header) => self.header = self.header.take().or(Some(header)),
            Entry::Frame(frame) => {
                self.frames += 1;
                self.bytes += frame.size();
                if let Some(name) = frame.text().and_then(topic_name) {
                    self.topics.count(&Topic::received(&name), frame.size(), frame.received);
                }
            }
            Entry::Control { control, .. } => {
                self.control += 1;
                match *control {
                    Control::Gap(gap) if gap.until.is_some() && gap.healed_by.is_none() => {
                        self.gaps += 1;
                    }
                    Control::Queues(named) => self.names += named.len() as u64,
                    Control::Users(named) => self.names += named.len() as u64,
                    Control::Presences(named) => self.names += named.len() as u64,
                    Control::WrapupCodes(named) => self.names += named.len() as u64,
                    _ => {}
                }
            }
            Entry::Lost(lost) => {
                // a tape may say anything
                self.lost = self.lost.saturating_add(lost.frames).saturating_add(lost.control);
            }
        }
    }

    fn loudest(&self) -> Vec<(&str, u64)> {
        let mut topics: Vec<(&str, u64)> =
            self.topics.iter().map(|one| (one.topic.as_str(), one.frames)).collect();
        topics.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        topics.truncate(LOUDEST);
        topics
    }
}

fn info(path: &Path, as_json: bool) -> Result<String, Problem> {
    let mut reader = Reader::open(path)?;
    let mut contents = Contents::default();
    while let Some(entry) = reader.next_entry()? {
        contents.note(entry);
    }
    let total = reader.total();
    if total.lines == 0 {
        return Err(Problem::usage(format!("{} holds no whole line", path.display())));
    }
    Ok(if as_json { info_json(&contents, total) } else { info_text(&contents, total) })
}

fn info_json(contents: &Contents, total: Total) -> String {
    let topics: Vec<_> = contents
        .loudest()
        .into_iter()
        .map(|(topic, frames)| json!({"topic": topic, "frames": frames}))
        .collect();
    let value = json!({
        "header": contents.header,
        "from": contents.span.map(|(from, _)| from),
        "until": contents.span.map(|(_, until)| until),
        "lines": total.lines, "frames": contents.frames, "bytes": contents.bytes,
        "events": contents.control, "gaps": contents.gaps, "lost": contents.lost,
        "unknownLines": total.unknown, "damagedLines": total.damaged, "cutOff": total.cut_off,
        "topics": contents.topics.iter().count(), "loudest": topics,
    });
    format!("{value}\n")
}

fn info_text(contents: &Contents, total: Total) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // writing to a string cannot fail
        let _ = writeln!(text, "{name:<12}{value}");
    };
    match &contents.header {
        Some(header) => {
            line("written by", harmless_within(&header.program, 80));
            line("format", format!("{}, part {}", header.tape, header.part));
            line(
                "privacy",
                match header.privacy {
                    Privacy::Redacted => "redacted: ids are pseudonyms, names and texts are masked",
                    Privacy::Clear => "in clear: it tells who people are",
                }
                .to_owned(),
            );
        }
        None => {
            line("header", "none: the output of tail, or a tape without its beginning".to_owned());
        }
    }
    if let Some((from, until)) = contents.span {
        line("from", format!("{from:.3}"));
        line("until", format!("{until:.3}"));
        let seconds = crate::domain::moment::since(until, from).as_secs();
        line(
            "length",
            format!("{}h{:02}m{:02}s", seconds / 3_600, seconds / 60 % 60, seconds % 60),
        );
    }
    line("frames", format!("{} ({} bytes)", contents.frames, contents.bytes));
    line("events", contents.control.to_string());
    line("gaps", contents.gaps.to_string());
    if contents.lost > 0 {
        line("lost", format!("{} lines that the disk was too slow for", contents.lost));
    }
    if total.unknown + total.damaged > 0 {
        line("passed over", format!("{} unknown, {} damaged lines", total.unknown, total.damaged));
    }
    if total.cut_off {
        line("end", "cut off: read up to its last whole line".to_owned());
    }
    line("topics", contents.topics.iter().count().to_string());
    for (topic, frames) in contents.loudest() {
        let _ = writeln!(text, "{frames:>10}  {}", harmless_within(topic, 200));
    }
    text
}

fn writer(out: Option<&Path>, header: Header) -> Result<TapeWriter, Problem> {
    let opened = match out {
        Some(path) => TapeWriter::create(path, header, Limits::default()),
        None => TapeWriter::stream(Box::new(io::stdout()), Compression::None, header),
    };
    let name = out.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    opened.map_err(|error| Problem::usage(format!("can't write to {name}: {error}")))
}

/// Writes the block; whether anybody still takes it.
fn flush(writer: &mut TapeWriter) -> Result<bool, Problem> {
    match writer.flush() {
        Ok(()) => Ok(true),
        Err(unwritten) if unwritten.error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(unwritten) => Err(Problem::running(format!("can't write: {}", unwritten.error))),
    }
}

/// The first line, which is the header unless the tape has none.
fn first(reader: &mut Reader, path: &Path) -> Result<Entry, Problem> {
    reader
        .next_entry()?
        .ok_or_else(|| Problem::usage(format!("{} holds no whole line", path.display())))
}

fn redact(path: &Path, out: Option<&Path>) -> Result<(), Problem> {
    let mut reader = Reader::open(path)?;
    let redactor = Redactor::with_new_key().map_err(Problem::running)?;
    let mut waiting = Some(first(&mut reader, path)?);
    let mut header =
        Header::new(waiting.as_ref().map_or(Timestamp::UNIX_EPOCH, Entry::at), Privacy::Redacted);
    if let Some(Entry::Header(found)) = &waiting {
        if found.privacy == Privacy::Redacted {
            return Err(Problem::usage(format!("{} is redacted already", path.display())));
        }
        header = Header { part: found.part, started: found.started, ..header };
    }
    let mut writer = writer(out, header)?;
    while let Some(entry) =
        waiting.take().map_or_else(|| reader.next_entry(), |entry| Ok(Some(entry)))?
    {
        if matches!(entry, Entry::Header(_)) {
            continue;
        }
        writer.push(&redactor.entry(entry));
        if writer.is_full() && !flush(&mut writer)? {
            return Ok(());
        }
    }
    flush(&mut writer).map(drop)
}

fn cut(arguments: &CutArguments) -> Result<(), Problem> {
    let path = &arguments.tape;
    let mut reader = Reader::open(path)?;
    let opening = first(&mut reader, path)?;
    let start = opening.at();
    let time = |text: &Option<String>| text.as_deref().map(|text| time_in(text, start)).transpose();
    let from = time(&arguments.from)?.unwrap_or(Timestamp::MIN);
    let until = time(&arguments.until)?.unwrap_or(Timestamp::MAX);
    if until < from {
        return Err(Problem::usage("--until is before --from"));
    }
    let header = match &opening {
        Entry::Header(header) => header.clone(),
        // nothing says that it is redacted
        _ => Header::new(start, Privacy::Clear),
    };
    let mut writer = writer(arguments.out.as_deref(), header)?;
    let mut entry = Some(opening);
    while let Some(present) = entry {
        let at = present.at();
        let stays = match &present {
            Entry::Header(_) => false,
            Entry::Frame(frame) => (from..=until).contains(&at) && is_chosen(frame, arguments),
            // who and what it was about is needed whatever is cut out
            Entry::Control { control, .. } => at <= until && (at >= from || is_context(control)),
            Entry::Lost(_) => (from..=until).contains(&at),
        };
        if stays {
            writer.push_line(reader.line());
        }
        if writer.is_full() && !flush(&mut writer)? {
            return Ok(());
        }
        entry = reader.next_entry()?;
    }
    flush(&mut writer).map(drop)
}

fn is_context(control: &Control) -> bool {
    matches!(
        control,
        Control::Queues(_)
            | Control::Users(_)
            | Control::Presences(_)
            | Control::WrapupCodes(_)
            | Control::Divisions(_)
            | Control::Goals(_)
            | Control::Identity(_)
            | Control::Session(_)
            | Control::Topics { .. }
            | Control::Unsubscribed { .. }
    )
}

fn is_chosen(frame: &Frame, arguments: &CutArguments) -> bool {
    if arguments.channel.is_some_and(|channel| channel != frame.channel.0) {
        return false;
    }
    let Some(wanted) = &arguments.topic else { return true };
    let Some(topic) = frame.text().and_then(topic_name) else { return false };
    let (topic, wanted) = (topic.to_lowercase(), wanted.to_lowercase());
    match wanted.split_once('*') {
        Some((begin, end)) => {
            topic.len() >= begin.len() + end.len()
                && topic.starts_with(begin)
                && topic.ends_with(end)
        }
        None => topic == wanted,
    }
}

/// A time in a tape that begins at `start`: whole, or as a time of its first day, or as `+5m` from
/// its beginning.
pub(super) fn time_in(text: &str, start: Timestamp) -> Result<Timestamp, Problem> {
    let text = text.trim();
    let wrong = || {
        Problem::usage(format!("\"{}\" is no time in a tape", text.escape_debug()))
            .remedy("write 2026-11-23T14:03:00Z, 14:03 (UTC), or +5m from its beginning")
    };
    if let Some(span) = text.strip_prefix('+') {
        let after = super::arguments::duration(span).map_err(|_| wrong())?;
        return Ok(crate::domain::moment::add(start, after));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let time: jiff::civil::Time = text.parse().map_err(|_| wrong())?;
    let utc = jiff::tz::TimeZone::UTC;
    let date = utc.to_datetime(start).date();
    let at = utc.to_timestamp(date.to_datetime(time)).map_err(|_| wrong())?;
    // a tape that begins at 23:00 has its 01:00 on the next day
    let day = std::time::Duration::from_secs(86_400);
    let hour = std::time::Duration::from_secs(3_600);
    Ok(if crate::domain::moment::add(at, hour) < start {
        crate::domain::moment::add(at, day)
    } else {
        at
    })
}

fn grep(path: &Path, filter: &str, count_only: bool) -> Result<(), Problem> {
    let filter = Filter::parse(filter, FRAME_FIELDS)
        .map_err(|error| Problem::usage(format!("{error}\n{}", error.pointed(filter))))?;
    let mut reader = Reader::open(path)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut directory = Directory::default();
    let mut count = 0_u64;
    while let Some(entry) = reader.next_entry()? {
        match entry {
            Entry::Frame(frame) => {
                let reading = Reading::of(&frame);
                if !filter.matches(&FrameRecord::new(&frame, &reading, &directory)) {
                    continue;
                }
                count += 1;
                if !count_only && !written(writeln!(out, "{}", reader.line()))? {
                    return Ok(());
                }
            }
            Entry::Control { control, .. } => directory.learn(*control),
            Entry::Header(_) | Entry::Lost(_) => {}
        }
    }
    if count_only {
        written(writeln!(out, "{count}"))?;
    }
    written(out.flush())?;
    Ok(())
}

/// Whether anybody still reads.
fn written(result: io::Result<()>) -> Result<bool, Problem> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Problem::running(format!("can't write: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::time_in;
    use jiff::Timestamp;

    #[test]
    fn times_of_a_tape_are_read_as_people_write_them() {
        let start: Timestamp = "2026-11-23T23:10:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-24T01:00:00Z", "2026-11-24T01:00:00Z"),
            ("+5m", "2026-11-23T23:15:00Z"),
            ("23:30", "2026-11-23T23:30:00Z"),
            ("01:00:05", "2026-11-24T01:00:05Z"),
        ] {
            assert_eq!(time_in(text, start).ok(), expected.parse().ok(), "{text}");
        }
        for text in ["", "noon", "+", "25:00"] {
            assert!(time_in(text, start).is_err(), "{text}");
        }
    }
}
