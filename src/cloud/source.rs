//! The service as a source of frames: all sessions of one plan, on a thread of their own.
//!
//! The caller's thread and runtime do nothing for it: a slow terminal, a stopped one or a long
//! sort delays no pong. Must not know who takes what is put into the mailbox.
use super::check::Checking;
use super::client::ServiceClient;
use super::failure::plain;
use super::fleet::Fleet;
use super::mailbox::Mailbox;
use super::plan::{Plan, queues_in, topic_of_user, topics_of_queue};
use crate::domain::control::Named;
use crate::domain::identity::QueueId;
use crate::domain::session::{Failure, FailureKind, Policy, Wish};
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, Topic};
use std::io;
use std::sync::mpsc as plain_mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

mod beside;
mod figures;

use beside::{Follow, Found, introduce, tell_vitals};
pub(in crate::cloud) use figures::Wanted;
use figures::tell_figures;

/// Commands that wait for a source. They come from a person's keys.
const MAX_WAITING_COMMANDS: usize = 16;

/// What can be asked of a running source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take new channels, without loss.
    Renew,
    /// Subscribe again on the present channels.
    Resubscribe,
    /// Read the state again.
    Snapshot,
    /// Ask REST for everything about one queue, for comparing.
    CrossCheck(QueueId),
    /// Watch these topics too. No socket is touched; a channel is made only where none has room.
    Subscribe(Vec<Topic>),
    /// Watch these topics no longer, single ones or combined.
    Unsubscribe(Vec<Topic>),
    /// End.
    Stop,
}

/// How a source stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// At least one of its sessions is at work.
    Running,
    /// All have ended: as wished, or the last one with this failure.
    Ended(Option<Failure>),
}

/// The service as a source of frames.
#[derive(Clone, Copy, Debug)]
pub struct ServiceSource;

/// Holds a source; dropping it stops the source without waiting for it.
#[derive(Debug)]
pub struct SourceHandle {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<SourceState>,
    /// Its other end is dropped when the thread ends: a join with a time limit.
    ended: plain_mpsc::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl ServiceSource {
    /// Starts all sessions of `plan`, one a pack, on an own thread; frames and control go to
    /// `mailbox`.
    ///
    /// # Errors
    /// When the thread, its runtime or its connections can't be had.
    pub fn start(
        client: &ServiceClient,
        plan: Plan,
        policy: Policy,
        mailbox: Mailbox,
    ) -> io::Result<SourceHandle> {
        // pooled connections live on the runtime that opened them
        let client = client.for_another_runtime().map_err(io::Error::other)?;
        SourceHandle::on_own_thread(move |commands| {
            run_source(client, plan, policy, mailbox, commands)
        })
    }
}

impl SourceHandle {
    /// Runs a source on a thread and a runtime of its own until it ends; what it gives is its
    /// failure.
    ///
    /// # Errors
    /// When the thread or its runtime can't be had.
    pub(super) fn on_own_thread<F, Run>(source: F) -> io::Result<Self>
    where
        F: FnOnce(mpsc::Receiver<Command>) -> Run + Send + 'static,
        Run: Future<Output = Option<Failure>>,
    {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (commands, wanted) = mpsc::channel(MAX_WAITING_COMMANDS);
        let (tell_state, state) = watch::channel(SourceState::Running);
        let (still_running, ended) = plain_mpsc::sync_channel(1);
        let thread =
            std::thread::Builder::new().name("gcwatch-cloud".to_owned()).spawn(move || {
                let failure = runtime.block_on(source(wanted));
                // A name look-up that hangs must not hold the end up.
                runtime.shutdown_background();
                tell_state.send_replace(SourceState::Ended(failure));
                drop(still_running);
            })?;
        Ok(Self { commands, state, ended, thread: Some(thread) })
    }

    /// Asks for something; `false` when the source has ended or is flooded with commands.
    #[must_use]
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// How the source stands, as it changes.
    #[must_use]
    pub fn finished(&self) -> watch::Receiver<SourceState> {
        self.state.clone()
    }

    /// Stops the source and waits for its end, at most `deadline`; whether it ended in time.
    /// Blocks: must not be called on a runtime's thread.
    pub fn stop(mut self, deadline: Duration) -> bool {
        let asked = self.commands.try_send(Command::Stop);
        tracing::debug!(asked = asked.is_ok(), "stopping");
        let in_time =
            self.ended.recv_timeout(deadline) == Err(plain_mpsc::RecvTimeoutError::Disconnected);
        if in_time && let Some(thread) = self.thread.take() {
            // it has nothing left to do; a panic in it was told when it happened
            let _ = thread.join();
        }
        in_time
    }
}

/// What a [`ServiceSource`] does, on the caller's runtime: for whoever has one whose clock is not
/// the machine's. Nothing else may delay it. Ends when asked to, when nobody can ask any more, or
/// when all sessions have ended; then with the last one's failure.
pub async fn run_source(
    client: ServiceClient,
    plan: Plan,
    policy: Policy,
    mailbox: Mailbox,
    mut commands: mpsc::Receiver<Command>,
) -> Option<Failure> {
    let follow = Follow::of(&plan, policy.list_again);
    let mut fleet = Fleet::start(client.clone(), &plan, policy, mailbox.clone()).await;
    let (to_me, mut found) = mpsc::channel(1);
    let mut beside = JoinSet::new();
    beside.spawn(tell_vitals(client.vitals(), mailbox.clone()));
    beside.spawn(introduce(client.clone(), plan.profile, plan.load_names, mailbox.clone()));
    beside.spawn(tell_figures(client.clone(), mailbox.clone(), fleet.figures_wanted()));
    beside.spawn(follow.run(client.clone(), mailbox.clone(), to_me));
    let mut checking = Checking::default();
    let mut failure = None;
    let mut commands_open = true;
    loop {
        // Biased: an end that is already there makes a command pointless. None can starve the
        // others: there are at most 20 ends, commands come from keys, and new queues once in
        // minutes.
        tokio::select! {
            biased;
            ended = fleet.next_end() => match ended {
                Some(Ok(ended)) => failure = ended.or(failure),
                Some(Err(error)) => {
                    tracing::error!(%error, "a session broke off");
                    failure = Some(plain(
                        FailureKind::Unacceptable,
                        "a session ended by an error in this program; please report it".to_owned(),
                    ));
                }
                None => return failure,
            },
            command = commands.recv(), if commands_open => {
                commands_open = command.is_some();
                match command.unwrap_or(Command::Stop) {
                    Command::CrossCheck(queue) => {
                        checking.begin(client.clone(), queue, mailbox.clone());
                    }
                    command => obey(&mut fleet, command),
                }
            }
            Some(found) = found.recv() => watch_new(&mut fleet, &found),
        }
    }
}

fn obey(fleet: &mut Fleet, command: Command) {
    match command {
        Command::Renew => fleet.wish(Wish::Renew),
        Command::Resubscribe => fleet.wish(Wish::Resubscribe),
        Command::Snapshot => fleet.wish(Wish::Snapshot),
        Command::Stop => fleet.wish(Wish::Stop),
        Command::CrossCheck(_) => {} // no session's business
        Command::Subscribe(topics) => {
            let queues: Vec<QueueId> = queues_in(&topics).collect();
            let added = fleet.add(&topics, &queues);
            if added.without_room > 0 {
                fleet.note(format!(
                    "{} topics find no room: {MAX_CHANNELS} channels of {MAX_TOPICS_PER_CHANNEL} topics are full; unsubscribe some first",
                    added.without_room
                ));
            } else if added.topics == 0 {
                fleet.note("nothing to subscribe: these topics are watched already".to_owned());
            }
        }
        Command::Unsubscribe(topics) => {
            let removed = fleet.remove(&topics);
            fleet.note(format!("{removed} topics are no longer watched"));
        }
    }
}

/// Queues and users that appeared while all are watched.
fn watch_new(fleet: &mut Fleet, found: &Found) {
    let ids: Vec<QueueId> = found.queues.iter().map(|queue| queue.id.clone()).collect();
    let topics: Vec<Topic> = ids
        .iter()
        .flat_map(topics_of_queue)
        .chain(found.users.iter().map(|user| topic_of_user(&user.id)))
        .collect();
    let added = fleet.add(&topics, &ids);
    let full = if added.without_room > 0 {
        "; not all find room on the channels, so some are not watched"
    } else {
        ""
    };
    for (what, names) in [("queues", names(&found.queues)), ("users", names(&found.users))] {
        if let Some(names) = names {
            fleet.note(format!("new {what} appeared: {names}{full}"));
        }
    }
}

/// The first names of some, for a sentence; nothing for none.
fn names<Id>(some: &[Named<Id>]) -> Option<String> {
    /// As many as a line of the screen takes.
    const SHOWN: usize = 3;
    let shown: Vec<&str> = some.iter().take(SHOWN).map(|named| named.name.as_str()).collect();
    match some.len().saturating_sub(shown.len()) {
        _ if some.is_empty() => None,
        0 => Some(shown.join(", ")),
        more => Some(format!("{} and {more} more", shown.join(", "))),
    }
}
