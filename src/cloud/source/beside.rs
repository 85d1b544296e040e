//! What a source tells beside its sessions: who we are, names, allowance, new queues and users.
//!
//! Background work: it leaves a reserve of the allowance to the sessions, and nothing waits for it.
use crate::cloud::client::{ServiceClient, Vitals};
use crate::cloud::mailbox::Mailbox;
use crate::cloud::plan::Plan;
use crate::domain::control::{
    ConnectionEvent, Control, Divisions, EventKind, Identity, Named, QueueGoals,
};
use crate::domain::identity::{QueueId, UserId};
use crate::domain::session::Failure;
use crate::domain::topic::{Subject, Topic};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Change of the clock's difference that is worth telling, in milliseconds: the header it is
/// read from has whole seconds.
const SKEW_STEP: i64 = 2_000;
/// What is known of what may grow, and which of it is followed.
pub(super) struct Follow {
    /// How often the lists are read again.
    pub(super) again: Duration,
    /// The queues that are watched, if those that appear shall be.
    pub(super) queues: Option<HashSet<QueueId>>,
    /// The same of users.
    pub(super) users: Option<HashSet<UserId>>,
}

/// What was not in the lists before.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) queues: Vec<Named<QueueId>>,
    /// Goals of these queues.
    pub(super) goals: Vec<QueueGoals>,
    pub(super) users: Vec<Named<UserId>>,
    /// Divisions of these queues and users.
    pub(super) divisions: Divisions,
}

impl Follow {
    /// What `plan` wants followed.
    pub(super) fn of(plan: &Plan, again: Duration) -> Self {
        let users = || {
            let singles = plan.packs.iter().flatten().flat_map(Topic::singles);
            singles.filter_map(|topic| match topic.subject() {
                Subject::UserActivity(user) => Some(user),
                _ => None,
            })
        };
        Self {
            again,
            queues: plan.follow_queues.then(|| plan.snapshot_queues.iter().cloned().collect()),
            users: plan.follow_users.then(|| users().collect()),
        }
    }

    /// Reads the lists again and again, and hands on what was not in them before.
    ///
    /// What is no longer listed stays watched: a queue's conversations may still be going on, and
    /// the service ends the topic by itself.
    pub(super) async fn run(
        mut self,
        client: ServiceClient,
        mailbox: Mailbox,
        found: mpsc::Sender<Found>,
    ) {
        while self.queues.is_some() || self.users.is_some() {
            tokio::time::sleep(client.clock.real(self.again)).await;
            let mut new = self.read(&client).await;
            if !new.queues.is_empty() {
                mailbox.push_control(Control::Queues(new.queues.clone()));
            }
            if !new.goals.is_empty() {
                mailbox.push_control(Control::Goals(std::mem::take(&mut new.goals)));
            }
            if !new.users.is_empty() {
                mailbox.push_control(Control::Users(new.users.clone()));
            }
            if !new.divisions.is_empty() {
                mailbox.push_control(Control::Divisions(std::mem::take(&mut new.divisions)));
            }
            let is_empty = new.queues.is_empty() && new.users.is_empty();
            if !is_empty && found.send(new).await.is_err() {
                return;
            }
        }
    }

    async fn read(&mut self, client: &ServiceClient) -> Found {
        let mut new = Found::default();
        // what was read before a failure is good; the rest comes with the next reading
        let told = |failure: Failure| {
            tracing::info!(sentence = failure.sentence, "a list can't be read again");
        };
        if let Some(known) = &mut self.queues {
            let listed = client.each_queue_page(None, |page| {
                let (divisions, goals) = (page.divisions.into_iter(), page.goals.into_iter());
                // these first: what is new is known afterwards
                new.goals.extend(goals.filter(|goals| !known.contains(&goals.queue)));
                new.divisions.queues.extend(divisions.filter(|queue| !known.contains(&queue.id)));
                let named = page.named.into_iter();
                new.queues.extend(named.filter(|queue| known.insert(queue.id.clone())));
            });
            listed.await.map_or_else(told, |_| ());
        }
        if let Some(known) = &mut self.users {
            let listed = client.each_user_page(|page| {
                let divisions = page.divisions.into_iter();
                new.divisions.users.extend(divisions.filter(|user| !known.contains(&user.id)));
                let named = page.named.into_iter();
                new.users.extend(named.filter(|user| known.insert(user.id.clone())));
            });
            listed.await.map_or_else(told, |_| ());
        }
        new
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

/// Once somebody has logged in: who we are, the names of queues, users, presences and wrap-up codes, the
/// divisions of queues and users, and the queues' goals.
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
    let unknown = client.address().identity();
    let identity = client.who().await.unwrap_or(unknown);
    mailbox.push_control(Control::Identity(Identity { profile, ..identity }));
    if !load_names {
        return;
    }
    let mut done = 0;
    let queues = client.each_queue_page(None, |page| {
        done += page.named.len();
        let total = page.total;
        mailbox.push_control(Control::Progress { what: "queues", done, total });
        mailbox.push_control(Control::Queues(page.named));
        let divisions = Divisions { queues: page.divisions, users: Vec::new() };
        if !divisions.is_empty() {
            mailbox.push_control(Control::Divisions(divisions));
        }
        if !page.goals.is_empty() {
            mailbox.push_control(Control::Goals(page.goals));
        }
    });
    note_names(queues.await, "queues", &client, &mailbox);
    let mut done = 0;
    let users = client.each_user_page(|page| {
        done += page.named.len();
        let total = page.total;
        mailbox.push_control(Control::Progress { what: "users", done, total });
        mailbox.push_control(Control::Users(page.named));
        let divisions = Divisions { queues: Vec::new(), users: page.divisions };
        if !divisions.is_empty() {
            mailbox.push_control(Control::Divisions(divisions));
        }
    });
    note_names(users.await, "users", &client, &mailbox);
    let presences = client.presences().await.map(|named| {
        mailbox.push_control(Control::Presences(named));
        true
    });
    note_names(presences, "presences", &client, &mailbox);
    let codes = client.each_wrapup_code_page(|page| {
        mailbox.push_control(Control::WrapupCodes(page));
    });
    note_names(codes.await, "wrap-up codes", &client, &mailbox);
}

/// Says that names are missing, if they are.
fn note_names(loaded: Result<bool, Failure>, of: &str, client: &ServiceClient, mailbox: &Mailbox) {
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
        at: client.clock.now(),
        channel: None,
        kind: EventKind::Note,
        sentence,
        context_id,
        retry_in: None,
    }));
}

#[cfg(test)]
mod tests {
    use super::introduce;
    use crate::cloud::mailbox::Mailbox;
    use crate::cloud::testing::{Service, json, status, token};
    use crate::domain::control::Control;
    use crate::domain::identity::{QueueId, UserId};
    use crate::domain::intake::WhenFull;
    use crate::domain::monitor::directory::Directory;

    /// Everything that is told when wrap-up codes are answered so, and how often they were asked for.
    async fn told(codes: fn() -> crate::cloud::testing::Reply) -> (Vec<Control>, usize) {
        let service = Service::start(move |asked| match asked.path.split('?').next() {
            Some("/oauth/token") => token(),
            Some("/api/v2/routing/wrapupcodes") => codes(),
            _ => json(r#"{"entities":[]}"#),
        })
        .await;
        (introduced(&service).await, service.asked("wrapupcodes").len())
    }

    /// Everything that is told by a service.
    async fn introduced(service: &Service) -> Vec<Control> {
        let client = service.client();
        let mailbox = Mailbox::new(WhenFull::KeepDistinct);
        // somebody else logs in
        let _ = client.presences().await;
        introduce(client, None, true, mailbox.clone()).await;
        mailbox.take().control
    }

    fn notes(control: &[Control]) -> Vec<&str> {
        let events = control.iter().filter_map(|one| match one {
            Control::Event(event) => Some(event),
            _ => None,
        });
        events.map(|event| event.sentence.as_str()).collect()
    }

    #[tokio::test]
    async fn divisions_are_told_with_the_names_and_cost_no_call() {
        let service = Service::start(|asked| match asked.path.split('?').next() {
            Some("/oauth/token") => token(),
            Some("/api/v2/routing/queues" | "/api/v2/users") => json(
                r#"{"entities":[{"id":"one","name":"One","division":{"id":"d","name":"Retail"}}]}"#,
            ),
            _ => json(r#"{"entities":[]}"#),
        })
        .await;
        let mut directory = Directory::default();
        introduced(&service).await.into_iter().for_each(|told| directory.learn(told));
        let queues: Vec<_> = directory.queue_divisions().collect();
        assert_eq!(queues, [(&QueueId::new("one"), "Retail")]);
        let users: Vec<_> = directory.user_divisions().collect();
        assert_eq!(users, [(&UserId::new("one"), "Retail")]);
        assert_eq!(service.asked("division").len(), 0);
    }

    #[tokio::test]
    async fn wrap_up_codes_are_named_once_somebody_has_logged_in() {
        let answer = || json(r#"{"entities":[{"id":"W1","name":"Resolved"}]}"#);
        let (control, asked) = told(answer).await;
        let named = control.iter().find_map(|one| match one {
            Control::WrapupCodes(named) => Some(named),
            _ => None,
        });
        let named = named.expect("told");
        assert_eq!((named[0].id.as_str(), named[0].name.as_str()), ("w1", "Resolved"));
        assert_eq!((notes(&control), asked), (Vec::new(), 1));
    }

    #[tokio::test]
    async fn without_the_permission_for_wrap_up_codes_that_is_said_once_and_not_asked_again() {
        let answer = || {
            let body = r#"{"code":"missing.permissions","message":"You are missing routing:wrapupCode:view"}"#;
            status(403, body)
        };
        let (control, asked) = told(answer).await;
        assert!(!control.iter().any(|one| matches!(one, Control::WrapupCodes(_))));
        let notes = notes(&control);
        assert_eq!((notes.len(), asked), (1, 1), "{notes:?}");
        assert!(notes[0].starts_with("names of wrap-up codes are missing"), "{notes:?}");
        assert!(notes[0].contains("routing:wrapupCode:view"), "{notes:?}");
    }
}
