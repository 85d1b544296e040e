//! What a source tells beside its sessions: who we are, names, allowance, new queues.
//!
//! Background work: it leaves a reserve of the allowance to the sessions, and nothing waits for it.
use crate::cloud::client::{ServiceClient, Vitals};
use crate::cloud::mailbox::Mailbox;
use crate::domain::control::{ConnectionEvent, Control, EventKind, Identity, Named};
use crate::domain::identity::QueueId;
use crate::domain::session::Failure;
use jiff::Timestamp;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Change of the clock's difference that is worth telling, in milliseconds: the header it is
/// read from has whole seconds.
const SKEW_STEP: i64 = 2_000;
/// How often the list of queues is read again while all are watched. Queues are made by people a
/// few times a day; the list of the largest organisations takes 50 requests of the 300 in a minute.
const LIST_AGAIN: Duration = Duration::from_secs(10 * 60);

/// Reads the list of queues again and again, and hands on those that were not in it before.
///
/// A queue that is no longer listed stays watched: its conversations may still be going on, and
/// the service ends the topic by itself.
pub(super) async fn follow_queues(
    client: ServiceClient,
    known: Vec<QueueId>,
    mailbox: Mailbox,
    found: mpsc::Sender<Vec<Named<QueueId>>>,
) {
    let mut known: HashSet<QueueId> = known.into_iter().collect();
    loop {
        tokio::time::sleep(LIST_AGAIN).await;
        let mut new = Vec::new();
        let listed = client
            .each_queue_page(None, |page, _| {
                new.extend(page.into_iter().filter(|queue| known.insert(queue.id.clone())));
            })
            .await;
        if let Err(failure) = listed {
            // what was read so far is good; the rest comes with the next reading
            tracing::info!(sentence = failure.sentence, "the list of queues can't be read again");
        }
        if new.is_empty() {
            continue;
        }
        mailbox.push_control(Control::Queues(new.clone()));
        if found.send(new).await.is_err() {
            return;
        }
    }
}

/// Hands on what the answers tell by the way.
pub(super) async fn tell_vitals(mut vitals: watch::Receiver<Vitals>, mailbox: Mailbox) {
    let mut told = Vitals::default();
    loop {
        let now = vitals.borrow_and_update().clone();
        if let Some(token) = now.token.filter(|_| now.token != told.token) {
            mailbox.push_control(Control::Token { expires: token.expires, renews: token.renews });
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
pub(super) async fn introduce(
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
