//! What goes wrong in the day.
use super::*;

impl Day {
    pub(super) fn fault(&mut self) {
        let open = self.open_sockets();
        match self.below(13) {
            0 => self.end_all(&open, Some(1006)),
            1 => self.end_all(&open, None),
            2 | 3 => self.silence(),
            4 => {
                let code = [1000, 1001, 1008, 4_000][usize::try_from(self.below(4)).unwrap()];
                self.end_all(&open, Some(code));
            }
            5 | 6 => {
                self.send(|_| Frame::Other(FrameKind::Closing));
                for socket in open {
                    self.plan(Duration::from_secs(60), Act::Closes(socket));
                }
            }
            7 => {
                self.drop_channels();
                self.end_all(&open, Some(1000));
            }
            8 => {
                self.tokens_valid = false;
                self.drop_channels();
                self.end_all(&open, Some(1008));
            }
            9 => {
                let length = Duration::from_secs(1 + self.below(90));
                self.no_network_until = self.now + length;
                self.silence();
            }
            10 => {
                let kind = [FailureKind::Service, FailureKind::RateLimited, FailureKind::BadAnswer]
                    [usize::try_from(self.below(3)).unwrap()];
                self.bad_answers =
                    (self.now + Duration::from_secs(1 + self.below(120)), Some(kind));
                self.end_all(&open, Some(1001));
            }
            11 => {
                self.slow_until = self.now + Duration::from_secs(90);
                self.end_all(&open, Some(1006));
            }
            _ => self.sleep(),
        }
    }

    /// The lid is closed: the uptime stands still, and the sockets don't live through it.
    pub(super) fn sleep(&mut self) {
        let end = self.now + Duration::from_secs(60 + self.below(600));
        self.silence();
        while let Some(((at, _), _)) = self.agenda.first_key_value()
            && *at < end
        {
            let ((at, _), act) = self.agenda.pop_first().unwrap();
            let before = self.now;
            self.now = self.now.max(at);
            self.slept += self.now.saturating_sub(before);
            match act {
                Act::Emit | Act::Heartbeat | Act::Closes(_) => self.act(act),
                // answers that come while nobody is there are lost
                Act::Fault => self.plan(end.saturating_sub(self.now), Act::Fault),
                _ => {}
            }
        }
        self.slept += end.saturating_sub(self.now);
        self.now = end;
        self.tell(Event::Tick);
    }
}
