//! The front end's loop: absorb, refresh, draw; keys, signals and time in, effects out.
//!
//! Draws when something changed, at most thirty times a second, at least once a second while
//! clocks tick on the screen, and at once after a key.
use super::clipboard::Clipboard;
use super::feed::Feed;
use super::keep::Keep;
use super::notify::Notifier;
use super::problem::{Exit, Problem};
use super::sets;
use super::terminal::{Screen, Signals, Told, suspend};
use crate::cloud::Command;
use crate::domain::board::conversations::ConversationBoard;
use crate::domain::board::rows::{RowFilter, fields};
use crate::domain::control::Control;
use crate::domain::intake::Batch;
use crate::domain::monitor::Monitor;
use crate::domain::session::Failure;
use crate::settings::file::NotifySettings;
use crate::tui::{Effect, Play, View, ViewOptions, Wish, draw};
use crossterm::event::{self, Event};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Shortest time between two pictures: thirty a second is what eyes follow.
const PICTURE: Duration = Duration::from_millis(33);
/// Longest time between two pictures: clocks on the screen show seconds.
const TICK: Duration = Duration::from_secs(1);
/// Keys that wait: what a person types ahead in a second. A paste is one event.
const MAX_WAITING_KEYS: usize = 64;

/// The filter that the conversations begin with, read once so that a mistake is told before anything
/// is connected. `@name` stands for a saved one.
pub(super) fn start_filter(
    text: Option<&str>,
    saved: &BTreeMap<String, String>,
) -> Result<String, Problem> {
    let Some(text) = text else { return Ok(String::new()) };
    let text = super::saved::meant("--filter", text, saved)?;
    RowFilter::<ConversationBoard>::parse(text, &fields::<ConversationBoard>())
        .map_err(|error| Problem::usage(format!("--filter: {error}\n{}", error.pointed(text))))?;
    Ok(text.to_owned())
}

/// Runs the front end until it is quit; then stops the feed.
pub(super) fn run(
    runtime: &tokio::runtime::Runtime,
    feed: impl Feed,
    options: ViewOptions,
    notify: NotifySettings,
) -> Result<(), Problem> {
    run_keeping(runtime, feed, options, notify, &Keep::default())
}

/// The same, where something can be kept for the next time.
pub(super) fn run_keeping(
    runtime: &tokio::runtime::Runtime,
    mut feed: impl Feed,
    options: ViewOptions,
    notify: NotifySettings,
    keep: &Keep,
) -> Result<(), Problem> {
    let mut screen = Screen::take(options.mouse).map_err(|error| {
        Problem::usage(format!("there is no terminal to draw on: {error}"))
            .remedy("run it in a terminal, or use `gcwatch tail` for output that can be piped")
    })?;
    let ended =
        runtime.block_on(run_loop(&mut screen, &mut feed, options, Notifier::new(notify), keep));
    drop(screen);
    feed.stop();
    match ended {
        Ok(Some(failure)) => Err(Problem::of_connecting(failure)),
        // the terminal is gone: there is nobody to tell
        Err(error) => {
            tracing::info!(%error, "the terminal is gone");
            Err(Problem::new(Exit::Running, format!("the terminal is gone: {error}")))
        }
        Ok(None) => Ok(()),
    }
}

async fn run_loop(
    screen: &mut Screen,
    feed: &mut impl Feed,
    options: ViewOptions,
    mut notifier: Notifier,
    keep: &Keep,
) -> io::Result<Option<Failure>> {
    let mut monitor = Monitor::in_zone(feed.now(), options.zone.clone());
    let mut view = View::new(options);
    view.note_replay(feed.replay());
    let (columns, rows) = screen.size();
    view.on_resize(columns, rows);
    let mut keys = read_keys()?;
    let mut signals = Signals::listen()?;
    let (clipboard, mut copied) = Clipboard::find();
    // Whether something came in that is not drawn yet. While it is so, nothing is taken out of the
    // mailbox until the next picture is due: one batch, one picture.
    let mut dirty = true;
    // a clock that counts from the start of the machine has no second before it
    let mut drawn_at = Instant::now().checked_sub(TICK).unwrap_or_else(Instant::now);
    loop {
        let mut at_once = false;
        let due = drawn_at + if dirty { PICTURE } else { TICK };
        // Keys first: a flood of frames must not delay them. Then signals, which end the program;
        // then what came in; last the clock, which only makes it draw.
        tokio::select! {
            biased;
            key = keys.recv() => {
                let now = feed.now();
                let effects = match key {
                    None => return Ok(None),
                    Some(Err(error)) => return Err(error),
                    Some(Ok(Event::Key(key))) => view.on_key(key, &monitor, now),
                    Some(Ok(Event::Mouse(mouse))) => view.on_mouse(mouse, &monitor, now),
                    Some(Ok(Event::Resize(columns, rows))) => {
                        view.on_resize(columns, rows);
                        Vec::new()
                    }
                    Some(Ok(Event::Paste(text))) => {
                        view.on_paste(&text, &monitor, now);
                        Vec::new()
                    }
                    Some(Ok(_)) => Vec::new(),
                };
                for effect in effects {
                    let mut around = Around { screen, feed, monitor: &mut monitor, view: &mut view, keep, clipboard: &clipboard };
                    if !around.carry_out(effect)? {
                        return Ok(feed.failure());
                    }
                }
                // Every key sees what the one before it made; the picture waits until all that were
                // typed together are done, or a burst would cost a picture each.
                view.refresh(&monitor, now);
                dirty = true;
                at_once = keys.is_empty();
            }
            told = signals.next() => match told {
                Told::End => return Ok(feed.failure()),
                Told::Continue => {
                    screen.retake()?;
                    at_once = true;
                }
            },
            Some(sentence) = copied.recv() => {
                view.say(sentence);
                at_once = true;
            }
            () = feed.ready(dirty) => match feed.failure() {
                Some(failure) => return Ok(Some(failure)),
                None => dirty = true,
            },
            () = sleep_until(due) => dirty = true,
        }
        if at_once || (dirty && drawn_at.elapsed() >= PICTURE) {
            feed.pull(&mut monitor);
            let now = feed.now();
            view.note_replay(feed.replay());
            view.note_recording(feed.recording());
            if let Some(sentence) = feed.news() {
                view.say(sentence);
            }
            // asked for, not only waited for: a terminal that tells no change is still drawn right
            let (columns, rows) = screen.size();
            view.on_resize(columns, rows);
            let changed = view.observe(&monitor, now);
            let (bytes, failures) = notifier.ring(&changed, view.alerts(), &monitor.directory, now);
            screen.ring(&bytes)?;
            let control = failures.into_iter().map(Control::Event).collect();
            monitor.absorb(Batch { control, ..Batch::default() });
            view.refresh(&monitor, now);
            screen.draw(|frame| draw(frame, &monitor, &view, now))?;
            drawn_at = Instant::now();
            dirty = false;
            panic_if_a_test_asks();
        }
    }
}

/// What the effects of keys work on.
struct Around<'a, F> {
    screen: &'a mut Screen,
    feed: &'a mut F,
    monitor: &'a mut Monitor,
    view: &'a mut View,
    keep: &'a Keep,
    clipboard: &'a Clipboard,
}

impl<F: Feed> Around<'_, F> {
    /// Carries an effect out; whether the program goes on.
    fn carry_out(&mut self, effect: Effect) -> io::Result<bool> {
        match effect {
            Effect::Quit => return Ok(false),
            Effect::Redraw => self.screen.forget()?,
            Effect::Copy(text) => {
                let copying = self.clipboard.copy(&text);
                if copying.terminal {
                    self.screen.copy(&text)?;
                }
                self.view.say(copying.sentence);
            }
            Effect::Mouse(taken) => self.screen.take_mouse(taken)?,
            Effect::Suspend => {
                self.screen.release();
                suspend();
                self.screen.retake()?;
            }
            Effect::SaveSet(name) => {
                let profile = self.monitor.link.who.profile.as_deref();
                self.view.say(sets::save(profile, &name, &self.monitor.topics.asked_for()));
            }
            Effect::Play(play) => {
                if let Play::Match { text, .. } = &play {
                    self.view.note_sought(text);
                }
                if let Some(sentence) = self.feed.play(play, self.monitor) {
                    self.view.say(sentence);
                }
            }
            Effect::Record(wish) => {
                let sentence = self.feed.record(&wish, self.monitor);
                self.view.say(sentence);
                self.view.note_recording(self.feed.recording());
            }
            Effect::SaveRule { before, line } => {
                self.view.say(self.keep.save_rule(before.as_deref(), line));
            }
            Effect::SaveLayout { list, layout } => {
                self.view.say(self.keep.save_layout(list, &layout));
            }
            Effect::RemoveRule(name) => self.view.say(self.keep.remove_rule(&name)),
            Effect::SaveFilter { name, filter } => {
                self.view.say(self.keep.save_filter(&name, filter.as_deref()));
            }
            Effect::Ask(wish) => {
                let command = command_of(wish);
                if !self.feed.ask(command.clone()) {
                    tracing::warn!(?command, "the source takes no command");
                    self.view.say("what is shown here takes no wishes".to_owned());
                }
            }
        }
        Ok(true)
    }
}

/// What a wish is for a source.
fn command_of(wish: Wish) -> Command {
    match wish {
        Wish::Renew => Command::Renew,
        Wish::Snapshot => Command::Snapshot,
        Wish::CrossCheck(queue) => Command::CrossCheck(queue),
        Wish::Subscribe(topics) => Command::Subscribe(topics),
        Wish::Unsubscribe(topics) => Command::Unsubscribe(topics),
    }
}

/// Reads keys on a thread of its own.
///
/// Rejected: the library's stream of events, and its default wait: that is told once of each change,
/// and when a key and a resize come together it takes one and forgets the other until the next key.
/// With `use-dev-tty` it asks what is there. The thread waits in a read and ends with the process;
/// when the process is stopped, it is stopped too, so the keyboard belongs to the shell meanwhile.
fn read_keys() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let (send, keys) = mpsc::channel(MAX_WAITING_KEYS);
    std::thread::Builder::new().name("gcwatch-keys".to_owned()).spawn(move || {
        loop {
            let read = event::read();
            let ends = read.is_err();
            if send.blocking_send(read).is_err() || ends {
                return;
            }
        }
    })?;
    Ok(keys)
}

/// Lets a test see that a panic gives the terminal back. Nothing of it is in a release build.
///
/// Rejected: a program of its own around the guard. It would show that the guard works, not that
/// this program is guarded.
fn panic_if_a_test_asks() {
    #[cfg(debug_assertions)]
    assert!(std::env::var_os("GCWATCH_TEST_PANIC").is_none(), "a test asked for a panic");
}
