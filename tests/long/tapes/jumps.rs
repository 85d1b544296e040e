//! Jumps in a tape: wherever one comes from, and whatever is asked for meanwhile, it shows what
//! playing there from the beginning shows.
use super::{PATIENCE, digest, run, synthetic};
use gcwatch::domain::filter::Filter;
use gcwatch::domain::filter::frame::FRAME_FIELDS;
use gcwatch::domain::monitor::Monitor;
use gcwatch::tape::{Deck, Entry, Reader, Speed};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Frames of a tape with two checkpoints.
const TWO_CHECKPOINTS: i64 = 45_000;
/// Frames of a tape with one.
const ONE_CHECKPOINT: i64 = 22_000;
/// Frames of a tape with none.
const SHORT: i64 = 3_000;

/// Opens a tape that stands: what is shown after a jump doesn't depend on when it is looked at.
fn open(path: &Path) -> (Deck, Monitor) {
    let mut deck = Deck::open(path, Speed::Times(1.0), TimeZone::UTC, Vec::new()).expect("a tape");
    deck.toggle_pause();
    let monitor = Monitor::new(deck.start());
    (deck, monitor)
}

fn arrive(deck: &mut Deck, monitor: &mut Monitor) {
    run(deck, monitor, |deck| !deck.is_seeking());
}

/// Waits until the whole tape is indexed.
fn wait_for_the_index(deck: &Deck) {
    let begun = Instant::now();
    while deck.index().progress().is_some() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Plays a tape from its beginning, without any of what the deck does.
struct ByHand {
    reader: Reader,
    monitor: Monitor,
    next: Option<Entry>,
}

impl ByHand {
    fn new(path: &Path) -> Self {
        let mut reader = Reader::open(path).expect("a tape");
        let next = reader.next_entry().expect("a line");
        let monitor = Monitor::new(next.as_ref().expect("a line").at());
        Self { reader, monitor, next }
    }

    /// Plays on up to `to`, and tells what is known there. What waits from there on is played by the next
    /// call, so times must grow.
    fn digest_at(&mut self, to: Timestamp) -> String {
        while let Some(entry) = self.next.take_if(|entry| entry.at() <= to) {
            gcwatch::tape::play(&mut self.monitor, entry);
            self.next = self.reader.next_entry().expect("a line");
        }
        let mut there = self.monitor.clone();
        there.tick(to);
        digest(&there)
    }
}

#[test]
fn a_jump_and_a_search_back_show_what_playing_there_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.tape.zst");
    synthetic(&path, TWO_CHECKPOINTS);
    let (mut deck, mut monitor) = open(&path);
    wait_for_the_index(&deck);
    assert_eq!(deck.index().size(), (45_001, 2));
    let start = deck.start();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut by_hand = ByHand::new(&path);
    let right: HashMap<Timestamp, String> =
        [1, 100, 210, 310, 312, 430].map(|s| (at(s), by_hand.digest_at(at(s)))).into();
    // there, back and there again: over a checkpoint, from one, from the beginning, a step on
    for seconds in [430, 100, 310, 312] {
        deck.jump(at(seconds));
        arrive(&mut deck, &mut monitor);
        assert_eq!(deck.now(), at(seconds));
        assert!(digest(&monitor) == right[&at(seconds)], "{seconds} s");
    }
    // beyond the end: what is known there, and the time of the last line
    deck.jump(at(3_600));
    arrive(&mut deck, &mut monitor);
    assert!(deck.is_over() && deck.word().ends_with("ENDED"), "{}", deck.word());
    assert!(digest(&monitor) == by_hand.digest_at(deck.now()));

    // from match to match: one behind the last checkpoint, one between the two, one before the first
    let filter =
        "body.participants.id=p43000 or body.participants.id=p21000 or body.participants.id=p100";
    for expected in [43_000, 21_000, 100] {
        deck.back_to_match(Filter::parse(filter, FRAME_FIELDS).expect("a filter"));
        arrive(&mut deck, &mut monitor);
        let newest = monitor.frames.iter().next_back().expect("a frame");
        assert_eq!((newest.sequence, deck.take_news()), (expected, None));
        assert!(deck.word().contains("PAUSED"), "{}", deck.word());
        assert!(digest(&monitor) == right[&deck.now()], "at {expected}");
    }
    deck.back_to_match(Filter::parse(filter, FRAME_FIELDS).expect("a filter"));
    arrive(&mut deck, &mut monitor);
    assert_eq!(deck.take_news(), Some("no frame before here passes that filter"));
    // it stands where it stood, and goes on from there
    deck.single_step(&mut monitor);
    assert_eq!(monitor.frames.total(), 102);
}

#[test]
fn who_jumps_at_once_waits_for_the_index_and_the_newest_wish_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.tape.zst");
    synthetic(&path, ONE_CHECKPOINT);
    let (mut deck, mut monitor) = open(&path);
    let start = deck.start();
    let at = |seconds| start + Duration::from_secs(seconds);
    deck.jump(at(215));
    // what is shown is of the place where the jump began, and so is the clock
    assert!(deck.is_seeking() && deck.word().contains("SEEKING"), "{}", deck.word());
    assert_eq!(deck.now(), start);
    let mut by_hand = ByHand::new(&path);
    let earlier = by_hand.digest_at(at(130));
    arrive(&mut deck, &mut monitor);
    assert!(digest(&monitor) == by_hand.digest_at(at(215)));
    // called off by another, on which the keys for a minute count
    deck.jump(at(10));
    deck.pull(&mut monitor);
    deck.jump(at(100));
    deck.jump_by(60);
    deck.jump_by(-30);
    arrive(&mut deck, &mut monitor);
    assert_eq!(deck.now(), at(130));
    assert!(digest(&monitor) == earlier);
}

#[test]
fn time_goes_back_neither_while_reading_is_behind_nor_where_a_jump_sets_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("short.tape.zst");
    synthetic(&path, SHORT);
    let speed = Speed::Times(0.25);
    let mut deck = Deck::open(&path, speed, TimeZone::UTC, Vec::new()).expect("a tape");
    let mut monitor = Monitor::new(deck.start());
    // nothing was taken over yet of what is read
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(2) {
        assert_eq!(deck.now(), deck.start());
    }
    // between two frames
    let start = deck.start();
    run(&mut deck, &mut monitor, |deck| deck.now() > start);
    let before = deck.now();
    deck.jump(start + Duration::from_secs(20));
    assert!(deck.is_seeking() && deck.now() >= before, "{} {before}", deck.now());
    arrive(&mut deck, &mut monitor);
    assert!(deck.now() >= start + Duration::from_secs(20));
}

#[test]
fn a_search_stands_at_what_it_found_and_can_be_stopped_on_its_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.tape.zst");
    synthetic(&path, SHORT);
    let (mut deck, mut monitor) = open(&path);
    let filter = |text| Filter::parse(text, FRAME_FIELDS).expect("a filter");
    deck.play_to_match(filter("c207"));
    arrive(&mut deck, &mut monitor);
    let newest = monitor.frames.iter().next_back().expect("a frame");
    assert!(newest.frame.text().is_some_and(|text| text.contains("c207")));
    assert!(deck.word().contains("PAUSED"), "{}", deck.word());
    assert!(digest(&monitor) == ByHand::new(&path).digest_at(deck.now()));
    deck.play_to_match(filter("nothing like it"));
    deck.pull(&mut monitor);
    assert!(deck.is_seeking());
    deck.toggle_pause();
    arrive(&mut deck, &mut monitor);
    assert!(digest(&monitor) == ByHand::new(&path).digest_at(deck.now()));
}

/// At any place of a tape: what is kept of it as text is all that is known there, and what follows does
/// to it what it does to the original.
pub(super) fn what_is_kept_of_a_place_is_all_of_it(path: &Path) {
    let mut entries = Vec::new();
    let mut reader = Reader::open(path).expect("a tape");
    while let Some(entry) = reader.next_entry().expect("a line") {
        entries.push(entry);
    }
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..3 {
        let (place, rest) = entries.split_at(random.usize(1..entries.len()));
        let mut known = Monitor::new(entries[0].at());
        for entry in place {
            gcwatch::tape::play(&mut known, entry.clone());
        }
        let text = serde_json::to_string(&known).expect("it can be written");
        let mut kept = Monitor::from_text(&text, TimeZone::UTC).expect("it can be read");
        let frames = place.iter().filter_map(|entry| match entry {
            Entry::Frame(frame) => Some(frame.clone()),
            _ => None,
        });
        kept.put_back(0, frames);
        assert!(digest(&kept) == digest(&known), "after {}", place.len());
        for entry in rest {
            gcwatch::tape::play(&mut known, entry.clone());
            gcwatch::tape::play(&mut kept, entry.clone());
        }
        assert!(digest(&kept) == digest(&known), "at the end, from {}", place.len());
    }
}

#[test]
fn a_tape_that_is_gone_is_told_and_does_not_end_the_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("short.tape");
    synthetic(&path, SHORT);
    let (mut deck, mut monitor) = open(&path);
    deck.jump(deck.start() + Duration::from_secs(20));
    arrive(&mut deck, &mut monitor);
    let frames = monitor.frames.total();
    std::fs::remove_file(&path).expect("it is there");
    deck.jump(deck.start());
    arrive(&mut deck, &mut monitor);
    assert!(deck.fault().is_some_and(|fault| fault.contains("short.tape")), "{:?}", deck.fault());
    assert_eq!(monitor.frames.total(), frames);
}
