//! The figures of the half hour and of today, asked for again and again.
//!
//! The stream tells those of the half hour when something happens, and those of the day never. Asked
//! for once a minute, at once after a connection came up, and within a share of the allowance. Must
//! not know who shows them.
use crate::cloud::client::ServiceClient;
use crate::cloud::mailbox::Mailbox;
use crate::domain::control::{ConnectionEvent, Control, EventKind};
use crate::domain::identity::QueueId;
use crate::domain::session::{Failure, FailureKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often they are asked for. The day's figures change by the minute, and nobody steers by the
/// second by them.
const AGAIN: Duration = Duration::from_secs(60);
/// Least time for each request of a round: with 2,000 queues a round has 40 requests and comes every
/// 80 s, which is a tenth of the allowance of 300 a minute.
const FOR_EACH_REQUEST: Duration = Duration::from_secs(2);
/// Least time between two rounds: 20 sessions that come up again one after the other want one.
const LEAST_PAUSE: Duration = Duration::from_secs(5);

/// For which queues they are wanted.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct Wanted {
    /// The queues whose state is read, each once.
    pub(in crate::cloud) queues: Arc<[QueueId]>,
    /// Counts what made them due: a snapshot was read, so a connection came up or was asked anew.
    pub(in crate::cloud) due: u64,
}

/// Asks for them as long as somebody wants them.
///
/// Where permission is missing, that is said once, and it rests until the next connection: then it
/// may have been granted.
pub(super) async fn tell_figures(
    client: ServiceClient,
    mailbox: Mailbox,
    mut wanted: watch::Receiver<Wanted>,
) {
    let mut told: Option<FailureKind> = None;
    // the sessions log in; before the first one is up this would be one more knock at a closed door
    if wanted.wait_for(|wanted| wanted.due > 0).await.is_err() {
        return;
    }
    loop {
        let Wanted { queues, .. } = wanted.borrow_and_update().clone();
        let mut requests = 0;
        let round = client.each_interval(&queues, |figures| {
            requests += 1;
            mailbox.push_control(Control::Figures(figures));
        });
        let mut failure = round.await.err();
        if queues.len() > 1 {
            // who is on several queues counts once in their total: for that they are told by name
            let people = client.each_staff(&queues, |staff| {
                requests += 1;
                mailbox.push_control(staff);
            });
            failure = failure.or(people.await.err());
        }
        if let Some(failure) = &failure
            && told != Some(failure.kind)
        {
            say(&client, &mailbox, failure);
        }
        told = failure.map(|failure| failure.kind);
        let pause = AGAIN.max(FOR_EACH_REQUEST * requests);
        let rests = queues.is_empty() || told == Some(FailureKind::NotPermitted);
        tokio::time::sleep(client.clock.real(LEAST_PAUSE)).await;
        let next = async {
            if rests {
                wanted.changed().await
            } else {
                let rest = client.clock.real(pause.saturating_sub(LEAST_PAUSE));
                tokio::time::timeout(rest, wanted.changed()).await.unwrap_or(Ok(()))
            }
        };
        if next.await.is_err() {
            return;
        }
    }
}

fn say(client: &ServiceClient, mailbox: &Mailbox, failure: &Failure) {
    let what = "figures of today and of this half hour are missing or old";
    mailbox.push_control(Control::Event(ConnectionEvent {
        at: client.clock.now(),
        channel: None,
        kind: EventKind::Note,
        sentence: format!("{what}: {}", failure.sentence),
        context_id: failure.context_id.clone(),
        retry_in: None,
    }));
}

#[cfg(test)]
mod tests {
    use super::{Wanted, tell_figures};
    use crate::cloud::Clock;
    use crate::cloud::mailbox::Mailbox;
    use crate::cloud::testing::{Service, json, status, token};
    use crate::domain::control::Control;
    use crate::domain::identity::QueueId;
    use crate::domain::intake::WhenFull;
    use jiff::Timestamp;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU16, Ordering::SeqCst};
    use std::time::Duration;
    use tokio::sync::watch;
    use tokio::time::Instant;

    /// Longest that a test waits for what must come; only a failing test takes so long.
    const PATIENCE: Duration = Duration::from_secs(30);

    struct Running {
        service: Service,
        status: Arc<AtomicU16>,
        wanted: watch::Sender<Wanted>,
        mailbox: Mailbox,
    }

    /// By a clock that runs a thousand times as fast: a minute is 60 ms.
    async fn start() -> Running {
        let answered = Arc::new(AtomicU16::new(200));
        let by = Arc::clone(&answered);
        let service = Service::start(move |asked| match (asked.path.as_str(), by.load(SeqCst)) {
            ("/oauth/token", _) => token(),
            (_, 200) => json(r#"{"results":[]}"#),
            (_, other) => status(other, r#"{"code":"missing.permissions","message":"no"}"#),
        })
        .await;
        let clock = Clock::scaled(Timestamp::now(), Instant::now(), 1_000.0);
        let client = service.client().with_clock(clock);
        let (wanted, receiver) = watch::channel(Wanted::default());
        let mailbox = Mailbox::new(WhenFull::KeepDistinct);
        tokio::spawn(tell_figures(client, mailbox.clone(), receiver));
        Running { service, status: answered, wanted, mailbox }
    }

    impl Running {
        /// Takes control messages until `enough` have come that are `of` this kind.
        async fn until(&self, enough: usize, of: fn(&Control) -> bool) {
            let waiting = async {
                let mut seen = 0;
                while seen < enough {
                    self.mailbox.ready().await;
                    seen += self.mailbox.take().control.iter().filter(|one| of(one)).count();
                }
            };
            assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "it never came");
        }

        fn due(&self) {
            self.wanted.send_modify(|wanted| {
                wanted.queues = [QueueId::new("q")].into();
                wanted.due += 1;
            });
        }
    }

    fn is_figures(control: &Control) -> bool {
        matches!(control, Control::Figures(_))
    }

    fn is_note(control: &Control) -> bool {
        matches!(control, Control::Event(_))
    }

    #[tokio::test]
    async fn they_come_again_and_again_once_a_session_is_up() {
        let running = start().await;
        running.wanted.send_modify(|wanted| wanted.queues = [QueueId::new("q")].into());
        tokio::task::yield_now().await;
        assert!(running.service.asked("aggregates").is_empty(), "nobody is logged in yet");
        running.due();
        // two intervals a round
        running.until(6, is_figures).await;
    }

    #[tokio::test]
    async fn without_permission_they_rest_until_the_next_connection() {
        let running = start().await;
        running.status.store(403, SeqCst);
        running.due();
        running.until(1, is_note).await;
        let asked = running.service.asked("aggregates").len();
        assert_eq!(asked, 1);
        running.status.store(200, SeqCst);
        running.due();
        running.until(2, is_figures).await;
    }
}
