//! Plays a tape into a monitor: at a pace, in slices, with jumps.
//!
//! Own threads read, unpack and travel to where a jump leads; the caller's thread only takes in what
//! is due, for at most a slice of time, so that keys are heard whatever the pace. Must not know of
//! screens.
use super::index::{Index, Moment, play};
use super::player::{Player, Speed};
use super::reader::{Position, Reader, TapeError};
use super::reel::Reel;
use crate::domain::alert::Rule;
use crate::domain::filter::Filter;
use crate::domain::filter::frame::FrameField;
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use seek::{Arrival, Departure, End, Opening, Search, Seek, Stand, Way};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

mod seek;

/// Longest time that taking in may take between two pictures.
const SLICE: Duration = Duration::from_millis(25);
/// Entries after which the time is looked at.
const LOOK_EVERY: usize = 32;
/// How often a jump is looked after: its progress is seen to move, and its arrival costs no more.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// A tape that is being played.
pub struct Deck {
    path: PathBuf,
    start: Timestamp,
    index: Index,
    player: Player,
    place: Place,
    /// A jump that hasn't set out yet: at the next pull, or once the tape is indexed so far.
    wish: Option<Way>,
    /// The latest time of what was played, or of where a jump led or set out.
    played: Timestamp,
    /// How many entries were played.
    entries: u64,
    /// Something that the person should know.
    news: Option<&'static str>,
    /// The zone whose days count.
    zone: TimeZone,
    begun: Instant,
}

/// Who has what is still to be played.
enum Place {
    /// It is played from here.
    Here(Reel),
    /// A jump has it.
    Away {
        seek: Seek,
        /// Where it leads; `None`: to a frame somewhere.
        target: Option<Timestamp>,
        /// What is played on if it leads nowhere.
        kept: Option<Reel>,
        /// What came of it, for the next pull.
        end: Option<End>,
    },
}

impl Deck {
    /// Opens a tape; the index is built in the background. Reads its first line here. What is counted
    /// by day is counted by the days of `zone`; `rules` say which alerts can be jumped to.
    ///
    /// # Errors
    /// When the file can't be read, isn't a tape or holds nothing.
    pub fn open(
        path: &Path,
        speed: Speed,
        zone: TimeZone,
        rules: Vec<Rule>,
    ) -> Result<Self, TapeError> {
        let first = Reader::open(path)?.next_entry()?.ok_or_else(|| TapeError::NoTape {
            path: path.display().to_string(),
            why: "nothing is in it".to_owned(),
        })?;
        let start = first.at();
        Ok(Self {
            path: path.to_owned(),
            start,
            index: Index::build(path, zone.clone(), rules)?,
            zone,
            player: Player::new(start, speed, Duration::ZERO),
            place: Place::Here(Reel::read(path, Position::default())?),
            wish: None,
            played: start,
            entries: 0,
            news: None,
            begun: Instant::now(),
        })
    }

    /// When the tape begins.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The tape's time: never later than what is still to be played, nor than what was played while
    /// nobody knows yet what comes next. While a jump is under way, that of where it began. It goes back
    /// with a jump only.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let Place::Here(reel) = &self.place else { return self.played };
        if self.wish.is_some() || reel.has_ended() {
            return self.played;
        }
        let now = self.player.now(self.begun.elapsed());
        match reel.next() {
            Some(next) if self.player.speed() != Speed::Max => now.min(next.at().max(self.played)),
            Some(_) => now,
            // the reading thread is behind
            None => self.played,
        }
    }

    /// Why reading ended, if it was not the end of the tape.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        match &self.place {
            Place::Here(reel) => reel.fault(),
            Place::Away { .. } => None,
        }
    }

    /// Whether all was played and no jump is under way.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.wish.is_none() && matches!(&self.place, Place::Here(reel) if reel.has_ended())
    }

    /// Whether a jump is under way.
    #[must_use]
    pub fn is_seeking(&self) -> bool {
        self.wish.is_some() || matches!(self.place, Place::Away { .. })
    }

    /// The index, as far as it is built.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The replay in a word, such as `REPLAY ×4`.
    #[must_use]
    pub fn word(&self) -> String {
        let state = if self.is_seeking() {
            self.seeking()
        } else if self.is_over() {
            "ENDED".to_owned()
        } else if self.player.is_paused() {
            "PAUSED".to_owned()
        } else {
            self.player.speed().to_string()
        };
        match self.index.progress() {
            Some(share) => format!("REPLAY {state} · index {:.0} %", share * 100.0),
            None => format!("REPLAY {state}"),
        }
    }

    /// How far a jump has come: of the whole tape as far as it is indexed, if nobody knows where it
    /// ends.
    fn seeking(&self) -> String {
        let (from, reached, to) = match (&self.wish, &self.place) {
            // it waits for the index, which comes from the beginning
            (Some(Way::To(target)), Place::Here(_)) => {
                (self.start, self.index.until(), Some(*target))
            }
            (_, Place::Away { seek, target: Some(target), .. }) => {
                (self.played.min(*target), Some(seek.reached()), Some(*target))
            }
            (_, Place::Away { seek, target: None, .. }) => {
                (self.played, Some(seek.reached()), self.index.until())
            }
            (_, Place::Here(_)) => (self.start, None, None),
        };
        let share = reached.zip(to).map(|(reached, to)| {
            let whole = since(to, from).as_secs_f64();
            (since(reached, from).as_secs_f64() / whole.max(f64::MIN_POSITIVE)).min(1.0)
        });
        // rounded down: what is under way has not arrived
        share.map_or("SEEKING".to_owned(), |share| {
            format!("SEEKING {:.0} %", (share * 100.0).floor())
        })
    }

    /// Returns when something is due. Cancelling it loses nothing.
    pub async fn ready(&mut self) {
        let sets_out = self.wish.as_ref().is_some_and(|way| self.can_set_out(way));
        let reel = match &mut self.place {
            Place::Away { end: Some(_), .. } => return,
            Place::Away { seek, end, .. } => {
                if let Ok(came) = tokio::time::timeout(LOOK_AFTER, seek.end()).await {
                    *end = Some(came);
                }
                return;
            }
            Place::Here(_) if sets_out => return,
            Place::Here(_) if self.wish.is_some() => {
                tokio::time::sleep(LOOK_AFTER).await;
                return;
            }
            Place::Here(reel) => reel,
        };
        reel.ready().await;
        let Some(next) = reel.next() else { return std::future::pending().await };
        match self.player.wait_for(next.at(), self.begun.elapsed()) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => std::future::pending().await,
        }
    }

    /// Takes in what is due, for at most a slice of time.
    pub fn pull(&mut self, monitor: &mut Monitor) {
        let has_arrived = self.arrive(monitor);
        if let Some(way) = self.wish.take() {
            if matches!(self.place, Place::Here(_)) && self.can_set_out(&way) {
                self.set_out(way, monitor);
            } else {
                self.wish = Some(way);
            }
        }
        // what is there is drawn before anything follows
        if has_arrived || self.is_seeking() {
            return;
        }
        let uptime = self.begun.elapsed();
        let slice = Instant::now();
        let limit = match self.player.speed() {
            Speed::Max if !self.player.is_paused() => Timestamp::MAX,
            _ => self.player.now(uptime),
        };
        let Place::Here(reel) = &mut self.place else { return };
        let mut count = 0_usize;
        reel.refill();
        while reel.next().is_some_and(|next| next.at() <= limit) {
            let Some(entry) = reel.pop() else { break };
            self.played = self.played.max(entry.at());
            self.entries += 1;
            play(monitor, entry);
            reel.refill();
            count += 1;
            if count.is_multiple_of(LOOK_EVERY) && slice.elapsed() > SLICE {
                break;
            }
        }
        let behind = reel.next().is_some_and(|next| next.at() <= limit);
        if self.player.speed() == Speed::Max || behind {
            // what isn't played yet hasn't happened yet
            self.player.hold(self.played, self.begun.elapsed());
        }
        monitor.tick(self.now());
        monitor.generation += 1;
    }

    /// Whether a jump can set out at once. One beyond what is indexed waits: the index plays the same
    /// way as fast as it goes, and playing it twice would make both slower.
    fn can_set_out(&self, way: &Way) -> bool {
        let Way::To(target) = way else { return true };
        let until = self.index.until();
        self.index.progress().is_none()
            || until.is_some_and(|until| *target <= until || until <= self.played)
    }

    /// Sends a jump on its way.
    fn set_out(&mut self, way: Way, monitor: &Monitor) {
        let target = match &way {
            Way::To(target) => Some(*target),
            Way::Match(_) | Way::MatchBefore(_) => None,
        };
        let nothing = Place::Here(Reel::empty(None));
        let Place::Here(reel) = std::mem::replace(&mut self.place, nothing) else { return };
        let (from, kept) = self.departure(&way, reel, monitor);
        self.place = match Seek::begin(from, way) {
            Ok(seek) => Place::Away { seek, target, kept, end: None },
            Err(error) => Place::Here(Reel::empty(Some(format!("can't jump: {error}")))),
        };
    }

    /// Where to begin in order to be there: here, at a checkpoint, or at the beginning; and what of
    /// `reel` isn't needed for it.
    fn departure(&self, way: &Way, reel: Reel, monitor: &Monitor) -> (Departure, Option<Reel>) {
        let opening = |checkpoints, search| Opening {
            path: self.path.clone(),
            start: self.start,
            zone: self.zone.clone(),
            checkpoints,
            search,
        };
        let checkpoint = match way {
            Way::MatchBefore(_) => {
                let search = Search { entries: self.entries, directory: monitor.directory.clone() };
                let opening = opening(self.index.before_entry(self.entries), Some(search));
                return (Departure::Elsewhere(Box::new(opening)), Some(reel));
            }
            Way::To(target) => self.index.before(*target),
            Way::Match(_) => None,
        };
        // going on is shorter unless a checkpoint lies between
        let gains = checkpoint.as_ref().is_some_and(|one| one.at > self.played);
        let is_before = matches!(way, Way::To(target) if *target < self.played);
        if is_before || gains {
            let opening = opening(checkpoint.into_iter().collect(), None);
            return (Departure::Elsewhere(Box::new(opening)), None);
        }
        let (entries, played) = (self.entries, self.played);
        let stand = Stand { monitor: monitor.clone(), reel, entries, played };
        (Departure::Here(Box::new(stand)), None)
    }

    /// Takes over what a jump has brought; whether it has arrived.
    fn arrive(&mut self, monitor: &mut Monitor) -> bool {
        let Place::Away { seek, target, kept, end } = &mut self.place else { return false };
        let (target, Some(end)) = (*target, end.take()) else { return false };
        let uptime = self.begun.elapsed();
        let Arrival { stand, found, called_off } = match end {
            End::Arrived(arrival) => *arrival,
            End::Nowhere => {
                let found_nothing = !seek.is_called_off();
                self.place = Place::Here(kept.take().unwrap_or_else(|| Reel::empty(None)));
                self.player.hold(self.played, uptime);
                if found_nothing {
                    self.news = Some("no frame before here passes that filter");
                }
                return true;
            }
            End::Failed(fault) => {
                self.place = Place::Here(Reel::empty(Some(fault)));
                return true;
            }
        };
        let Stand { monitor: known, reel, entries, played } = stand;
        let generation = monitor.generation.max(known.generation) + 1;
        let before = std::mem::replace(monitor, Monitor { generation, ..known });
        // freeing some ten thousand frames and rows may take longer than a key may wait; where there is
        // no thread to be had, it is done here
        let _ = std::thread::Builder::new().spawn(move || drop(before));
        self.played = match target {
            // beyond the end there is no later time than that of the last line
            Some(target) if !called_off && !reel.has_ended() => played.max(target),
            _ => played,
        };
        self.entries = entries;
        self.place = Place::Here(reel);
        if found {
            self.player.pause(true, uptime);
        }
        self.player.hold(self.played, uptime);
        monitor.tick(self.played);
        true
    }

    /// Something that the person should know since this was last asked.
    pub fn take_news(&mut self) -> Option<&'static str> {
        self.news.take()
    }

    /// Stands or goes on. A jump that is under way stops where it is, and stands there.
    pub fn toggle_pause(&mut self) {
        if self.is_seeking() {
            self.call_off();
            self.player.pause(true, self.begun.elapsed());
            return;
        }
        self.player.pause(!self.player.is_paused(), self.begun.elapsed());
    }

    /// The next pace up, or down.
    pub fn change_speed(&mut self, faster: bool) {
        self.player.change_speed(faster, self.begun.elapsed());
    }

    /// Plays one entry and stands; a jump that is under way stops where it is.
    pub fn single_step(&mut self, monitor: &mut Monitor) {
        if self.is_seeking() {
            return self.toggle_pause();
        }
        let uptime = self.begun.elapsed();
        self.player.pause(true, uptime);
        let Place::Here(reel) = &mut self.place else { return };
        reel.refill();
        let Some(entry) = reel.pop() else { return };
        self.played = self.played.max(entry.at());
        self.entries += 1;
        play(monitor, entry);
        self.player.hold(self.played, uptime);
        monitor.generation += 1;
    }

    /// Jumps `seconds` forward or back: from where a jump leads, while one is under way.
    pub fn jump_by(&mut self, seconds: i64) {
        let from = match (&self.wish, &self.place) {
            (Some(Way::To(target)), _) | (None, Place::Away { target: Some(target), .. }) => {
                *target
            }
            _ => self.now(),
        };
        let to = from.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(from);
        self.jump(to);
    }

    /// Jumps to the next such moment, or the last before; whether there is one, as far as the tape
    /// is indexed.
    pub fn jump_to_moment(&mut self, kind: Moment, forward: bool) -> bool {
        let Some(at) = self.index.moment(kind, self.now(), forward) else { return false };
        self.jump(at);
        true
    }

    /// Plays on to the next frame that passes `filter`, however far that is, and stands there.
    pub fn play_to_match(&mut self, filter: Filter<FrameField>) {
        self.wish(Way::Match(filter));
    }

    /// Goes back to the last frame before this one that passes `filter`, and stands there.
    pub fn back_to_match(&mut self, filter: Filter<FrameField>) {
        self.wish(Way::MatchBefore(filter));
    }

    /// Jumps to a time of the tape.
    pub fn jump(&mut self, to: Timestamp) {
        self.wish(Way::To(to.max(self.start)));
    }

    /// The newest wish counts: a jump that is under way is called off.
    fn wish(&mut self, way: Way) {
        self.call_off();
        // in a silence it is later here than when something was played last
        self.played = self.now();
        self.wish = Some(way);
    }

    fn call_off(&mut self) {
        self.wish = None;
        if let Place::Away { seek, .. } = &self.place {
            seek.call_off();
        }
    }
}
