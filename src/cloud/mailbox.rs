//! What lies between a source and whoever takes its frames.
//!
//! The only thing that the receiving side sees of a source, so that a tape or a relay can fill
//! one just as well. Putting in never waits: the lock is held for one push or one take, never
//! over an await.
use crate::domain::control::Control;
use crate::domain::frame::Frame;
use crate::domain::intake::{Batch, Intake, Tap, WhenFull};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// A shared [`Intake`] with a bell, for one receiver. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    intake: Mutex<Intake>,
    /// Sees everything before it is thinned, in the order in which it came.
    tap: Mutex<Option<Arc<dyn Tap>>>,
    /// Rings for a receiver on a runtime; keeps one ring until it is heard.
    bell: Notify,
    /// Rings for a receiver on a plain thread.
    condition: Condvar,
}

impl Mailbox {
    /// An empty one that behaves like `when_full` at its bounds.
    #[must_use]
    pub fn new(when_full: WhenFull) -> Self {
        Self(Arc::new(Inner {
            intake: Mutex::new(Intake::new(when_full)),
            tap: Mutex::new(None),
            bell: Notify::new(),
            condition: Condvar::new(),
        }))
    }

    /// Puts a frame in; thins when that is too many. Never waits for the receiver.
    pub fn push_frame(&self, frame: Frame) {
        if let Some(tap) = self.tap() {
            tap.frame(&frame);
        }
        self.push(|intake| intake.push_frame(frame));
    }

    /// Puts a control message in. Never waits for the receiver.
    pub fn push_control(&self, control: Control) {
        if let Some(tap) = self.tap() {
            tap.control(&control);
        }
        self.push(|intake| intake.push_control(control));
    }

    /// From now on `tap` sees all that is put in, instead of the one before.
    pub fn set_tap(&self, tap: Option<Arc<dyn Tap>>) {
        *self.0.tap.lock().unwrap_or_else(PoisonError::into_inner) = tap;
    }

    /// A copy of the handle, so that the lock isn't held while the tap is called: a tap that has
    /// something to say may put it in here.
    fn tap(&self) -> Option<Arc<dyn Tap>> {
        self.0.tap.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes everything out; may be empty.
    #[must_use]
    pub fn take(&self) -> Batch {
        self.lock().take()
    }

    /// Returns once there is something to take. For one receiver only. Cancelling it loses no
    /// ring: what is in the box is looked at first.
    pub async fn ready(&self) {
        loop {
            // asked for before looking, or a push between the two would be slept over
            let rung = self.0.bell.notified();
            if !self.lock().is_empty() {
                return;
            }
            rung.await;
        }
    }

    /// Waits on a plain thread until there is something to take, at most `limit`; whether there
    /// is. Must not be called on a runtime's thread.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> bool {
        let (intake, _) = self
            .0
            .condition
            .wait_timeout_while(self.lock(), limit, |intake| intake.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        !intake.is_empty()
    }

    fn push(&self, put: impl FnOnce(&mut Intake)) {
        let was_empty = {
            let mut intake = self.lock();
            let was_empty = intake.is_empty();
            put(&mut intake);
            was_empty
        };
        // Only the first after a take rings: a thousand frames cost one wake-up, not a thousand.
        if was_empty {
            self.0.bell.notify_one();
            self.0.condition.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Intake> {
        // A panic elsewhere leaves the room itself whole: each push is complete or not begun.
        self.0.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Mailbox;
    use crate::domain::control::Control;
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::ChannelNumber;
    use crate::domain::intake::WhenFull;
    use jiff::Timestamp;
    use std::time::Duration;

    fn frame(text: &str) -> Frame {
        Frame {
            received: Timestamp::UNIX_EPOCH,
            channel: ChannelNumber(1),
            payload: Payload::Text(text.into()),
        }
    }

    #[test]
    fn a_plain_thread_is_woken_and_takes_everything() {
        let mailbox = Mailbox::new(WhenFull::NewestWins);
        assert!(!mailbox.wait(Duration::ZERO));
        let filler = mailbox.clone();
        let thread = std::thread::spawn(move || {
            filler.push_frame(frame("a"));
            filler.push_control(Control::Token { expires: None, renews: true });
        });
        assert!(mailbox.wait(Duration::from_secs(30)));
        thread.join().unwrap();
        let batch = mailbox.take();
        assert_eq!((batch.frames.len(), batch.control.len()), (1, 1));
        assert!(mailbox.take().is_empty());
    }

    #[tokio::test]
    async fn what_was_pushed_before_anybody_waited_is_seen() {
        let mailbox = Mailbox::new(WhenFull::KeepDistinct);
        mailbox.push_frame(frame("a"));
        mailbox.push_frame(frame("b"));
        mailbox.ready().await;
        assert_eq!(mailbox.take().frames.len(), 2);
        let waiting = mailbox.clone();
        let ready = tokio::spawn(async move { waiting.ready().await });
        tokio::task::yield_now().await;
        mailbox.push_frame(frame("c"));
        ready.await.unwrap();
        assert_eq!(mailbox.take().frames.len(), 1);
    }
}
