//! The service as a source of frames: all sessions of one plan, on a thread of their own.
//!
//! The caller's thread and runtime do nothing for it: a slow terminal, a stopped one or a long
//! sort delays no pong. Must not know who takes what is put into the mailbox.
use super::client::{ServiceClient, Vitals};
use super::driver::{Driver, MAX_WAITING_WISHES, Setup};
use super::failure::plain;
use super::mailbox::Mailbox;
use super::plan::Plan;
use crate::domain::control::{ConnectionEvent, Control, EventKind, Identity};
use crate::domain::identity::ChannelNumber;
use crate::domain::session::{Failure, FailureKind, Policy, Wish};
use jiff::Timestamp;
use std::io;
use std::sync::mpsc as plain_mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Commands that wait for a source. They come from a person's keys.
const MAX_WAITING_COMMANDS: usize = 16;
/// Change of the clock's difference that is worth telling, in milliseconds: the header it is
/// read from has whole seconds.
const SKEW_STEP: i64 = 2_000;

/// What can be asked of a running source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take new channels, without loss.
    Renew,
    /// Subscribe again on the present channels.
    Resubscribe,
    /// Read the state again.
    Snapshot,
    /// End.
    Stop,
}

impl Command {
    fn wish(self) -> Wish {
        match self {
            Self::Renew => Wish::Renew,
            Self::Resubscribe => Wish::Resubscribe,
            Self::Snapshot => Wish::Snapshot,
            Self::Stop => Wish::Stop,
        }
    }
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
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (commands, wanted) = mpsc::channel(MAX_WAITING_COMMANDS);
        let (tell_state, state) = watch::channel(SourceState::Running);
        let (still_running, ended) = plain_mpsc::sync_channel(1);
        let thread =
            std::thread::Builder::new().name("gcwatch-cloud".to_owned()).spawn(move || {
                let failure = runtime.block_on(run(client, plan, policy, mailbox, wanted));
                // A name look-up that hangs must not hold the end up.
                runtime.shutdown_background();
                tell_state.send_replace(SourceState::Ended(failure));
                drop(still_running);
            })?;
        Ok(SourceHandle { commands, state, ended, thread: Some(thread) })
    }
}

impl SourceHandle {
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

async fn run(
    client: ServiceClient,
    plan: Plan,
    policy: Policy,
    mailbox: Mailbox,
    mut commands: mpsc::Receiver<Command>,
) -> Option<Failure> {
    let mut wishes = Vec::new();
    let mut drivers = JoinSet::new();
    let queues = plan.queues_by_pack();
    let numbered = (1_u16..).zip(plan.packs.iter().zip(queues));
    for (number, (topics, snapshot_queues)) in numbered {
        let (sender, received) = mpsc::channel(MAX_WAITING_WISHES);
        wishes.push(sender);
        let driver = Driver::new(Setup {
            client: client.clone(),
            channel: ChannelNumber(number),
            topics: topics.clone(),
            snapshot_queues,
            policy: policy.clone(),
            jitter_seed: fastrand::u64(..),
            mailbox: mailbox.clone(),
        });
        drivers.spawn(driver.run(received));
    }
    let mut beside = JoinSet::new();
    beside.spawn(tell_vitals(client.vitals(), mailbox.clone()));
    beside.spawn(introduce(client, plan.profile, plan.load_names, mailbox));
    let mut failure = None;
    let mut commands_open = true;
    loop {
        // Biased: an end that is already there makes a command pointless. Neither can starve the
        // other: there are at most 20 ends.
        tokio::select! {
            biased;
            ended = drivers.join_next() => match ended {
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
                let wish = command.unwrap_or(Command::Stop).wish();
                for session in &wishes {
                    // full means that as many wishes wait already; closed, that it has ended
                    if session.try_send(wish).is_err() {
                        tracing::debug!(?wish, "a session takes no wish");
                    }
                }
                if wish == Wish::Stop {
                    // closing the channels is a stop too, and can't be lost
                    wishes.clear();
                }
            }
        }
    }
}

/// Hands on what the answers tell by the way.
async fn tell_vitals(mut vitals: watch::Receiver<Vitals>, mailbox: Mailbox) {
    let mut told = Vitals::default();
    loop {
        let now = vitals.borrow_and_update().clone();
        if let Some(token) = now.token.filter(|_| now.token != told.token) {
            mailbox.push_control(Control::Token { expires: token.expires });
        }
        if let Some(limit) = now.rate_limit.filter(|_| now.rate_limit != told.rate_limit) {
            mailbox.push_control(Control::RateLimit {
                count: limit.count,
                allowed: limit.allowed,
                resets: limit.resets,
            });
        }
        let mut skew = told.clock_skew;
        if let Some(milliseconds) = now.clock_skew
            && skew.is_none_or(|told| milliseconds.abs_diff(told) >= SKEW_STEP.unsigned_abs())
        {
            skew = Some(milliseconds);
            mailbox.push_control(Control::ClockSkew { milliseconds });
        }
        told = Vitals { clock_skew: skew, ..now };
        if vitals.changed().await.is_err() {
            return;
        }
    }
}

/// Once somebody has logged in: who we are, and the names of queues and users.
async fn introduce(
    client: ServiceClient,
    profile: Option<String>,
    load_names: bool,
    mailbox: Mailbox,
) {
    // The sessions log in; this must not be a second one knocking at a closed door.
    if client.vitals().wait_for(|vitals| vitals.token.is_some()).await.is_err() {
        return;
    }
    let unknown = Identity { region: client.address().name(), ..Identity::default() };
    let identity = client.who().await.unwrap_or(unknown);
    mailbox.push_control(Control::Identity(Identity { profile, ..identity }));
    if !load_names {
        return;
    }
    let mut done = 0;
    let queues = client.each_queue_page(None, |page, total| {
        done += page.len();
        mailbox.push_control(Control::Progress { what: "queues", done, total });
        mailbox.push_control(Control::Queues(page));
    });
    note_names(queues.await, "queues", &mailbox);
    let mut done = 0;
    let users = client.each_user_page(|page, total| {
        done += page.len();
        mailbox.push_control(Control::Progress { what: "users", done, total });
        mailbox.push_control(Control::Users(page));
    });
    note_names(users.await, "users", &mailbox);
}

/// Says that names are missing, if they are.
fn note_names(loaded: Result<bool, Failure>, of: &str, mailbox: &Mailbox) {
    let (sentence, context_id) = match loaded {
        Ok(true) => return,
        Ok(false) => {
            (format!("there are more {of} than names are loaded; some show their id"), None)
        }
        Err(failure) => {
            (format!("names of {of} are missing: {}", failure.sentence), failure.context_id)
        }
    };
    mailbox.push_control(Control::Event(ConnectionEvent {
        at: Timestamp::now(),
        channel: None,
        kind: EventKind::Note,
        sentence,
        context_id,
        retry_in: None,
    }));
}
