//! Puts a store that may hang on a thread of its own, with a time limit for every request.
//!
//! A silent keyring blocks its caller for ever. A task of the runtime's blocking pool would then
//! keep the process from ending; a plain detached thread does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use secrecy::SecretString;

use super::{SecretError, SecretStore};

/// How many requests may wait for the thread. Login, logout and start make one each, so more means
/// that something loops.
const LONGEST_QUEUE: usize = 8;

enum Operation {
    Set(SecretString),
    Get,
    Delete,
}

type Answer = Result<Option<SecretString>, SecretError>;

struct Request {
    account: String,
    operation: Operation,
    answer: SyncSender<Answer>,
}

/// Access to a store on another thread.
pub(super) struct OwnThread {
    requests: SyncSender<Request>,
    stuck: Arc<AtomicBool>,
    deadline: Duration,
}

impl OwnThread {
    /// Starts the thread; `store` is first touched when the first request comes.
    pub(super) fn start(
        store: impl SecretStore + 'static,
        deadline: Duration,
    ) -> Result<Self, SecretError> {
        let (requests, queue) = sync_channel(LONGEST_QUEUE);
        let stuck = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stuck);
        thread::Builder::new()
            .name("gcwatch-keyring".to_owned())
            .spawn(move || serve(&store, &queue, &flag))
            .map_err(|error| SecretError::NoThread(error.to_string()))?;
        Ok(Self { requests, stuck, deadline })
    }

    fn ask(&self, account: &str, operation: Operation) -> Answer {
        if self.stuck.load(Ordering::SeqCst) {
            return Err(self.not_answering());
        }
        // Room for the one answer, so that the thread never waits for a caller who has left.
        let (answer, wait) = sync_channel(1);
        let request = Request { account: account.to_owned(), operation, answer };
        self.requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => SecretError::Busy,
            TrySendError::Disconnected(_) => SecretError::NoThread("it has ended".to_owned()),
        })?;
        wait.recv_timeout(self.deadline).unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => {
                self.stuck.store(true, Ordering::SeqCst);
                Err(self.not_answering())
            }
            // Either the thread died, or it dropped the request because another one got stuck.
            RecvTimeoutError::Disconnected if self.stuck.load(Ordering::SeqCst) => {
                Err(self.not_answering())
            }
            RecvTimeoutError::Disconnected => {
                Err(SecretError::NoThread("it ended while it was asked".to_owned()))
            }
        })
    }

    fn not_answering(&self) -> SecretError {
        SecretError::NotAnswering { seconds: self.deadline.as_secs_f32() }
    }
}

fn serve(store: &dyn SecretStore, queue: &Receiver<Request>, stuck: &AtomicBool) {
    for request in queue {
        // Its caller was told that nothing happened: a secret written later would make that a lie.
        if stuck.load(Ordering::SeqCst) {
            continue;
        }
        let answer = match request.operation {
            Operation::Set(secret) => store.set(&request.account, &secret).map(|()| None),
            Operation::Get => store.get(&request.account).map(Some),
            Operation::Delete => store.delete(&request.account).map(|()| None),
        };
        // The caller may have given up; then nobody wants the answer.
        let _ = request.answer.send(answer);
    }
}

impl SecretStore for OwnThread {
    fn set(&self, account: &str, secret: &SecretString) -> Result<(), SecretError> {
        self.ask(account, Operation::Set(secret.clone())).map(|_| ())
    }

    fn get(&self, account: &str) -> Result<SecretString, SecretError> {
        self.ask(account, Operation::Get)?.ok_or(SecretError::NotKept)
    }

    fn delete(&self, account: &str) -> Result<(), SecretError> {
        self.ask(account, Operation::Delete).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use secrecy::ExposeSecret;

    use super::super::MemoryStore;
    use super::*;

    /// Hangs in `get` until the test lets go of the other end.
    struct Hanging(Mutex<Receiver<()>>);

    impl SecretStore for Hanging {
        fn set(&self, _: &str, _: &SecretString) -> Result<(), SecretError> {
            Ok(())
        }
        fn get(&self, _: &str) -> Result<SecretString, SecretError> {
            let _ = self.0.lock().unwrap().recv();
            Ok(SecretString::from("too late"))
        }
        fn delete(&self, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
    }

    struct Panicking;

    impl SecretStore for Panicking {
        fn set(&self, _: &str, _: &SecretString) -> Result<(), SecretError> {
            Ok(())
        }
        fn get(&self, _: &str) -> Result<SecretString, SecretError> {
            panic!("a fault inside the library");
        }
        fn delete(&self, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
    }

    #[test]
    fn passes_requests_and_answers() {
        let store = OwnThread::start(MemoryStore::default(), Duration::from_secs(60)).unwrap();
        assert!(matches!(store.get("a"), Err(SecretError::Missing { .. })));
        store.set("a", &SecretString::from("one")).unwrap();
        assert_eq!(store.get("a").unwrap().expose_secret(), "one");
        store.delete("a").unwrap();
        assert!(matches!(store.delete("a"), Err(SecretError::Missing { .. })));
    }

    #[test]
    fn after_one_timeout_every_call_fails_at_once() {
        let (hold, held) = sync_channel(1);
        let deadline = Duration::from_millis(50);
        let store = OwnThread::start(Hanging(Mutex::new(held)), deadline).unwrap();
        assert!(matches!(store.get("a"), Err(SecretError::NotAnswering { .. })));

        // A deadline of an hour would show itself if the second call waited.
        let store = OwnThread { deadline: Duration::from_hours(1), ..store };
        let before = Instant::now();
        let secret = SecretString::from("x");
        assert!(matches!(store.set("a", &secret), Err(SecretError::NotAnswering { .. })));
        assert!(before.elapsed() < Duration::from_mins(1));
        drop(hold);
        assert!(matches!(store.get("a"), Err(SecretError::NotAnswering { .. })));
    }

    #[test]
    fn a_dead_thread_is_an_error() {
        let store = OwnThread::start(Panicking, Duration::from_secs(60)).unwrap();
        assert!(matches!(store.get("a"), Err(SecretError::NoThread(_))));
        assert!(matches!(store.get("a"), Err(SecretError::NoThread(_))));
    }
}
