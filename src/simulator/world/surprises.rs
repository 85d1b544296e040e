//! What an ordinary day also has: a rush on one queue, callers whom the queue's own flow leads
//! elsewhere, and frames that nobody has heard of.
use super::emit::{Out, milliseconds};
use super::figures::Happened;
use super::model::{Medium, Stand};
use super::people::BUSY_QUEUES;
use super::script::Step;
use super::{ODDITY_MS, RUSH_MS, UNKNOWN_TOPIC, World};
use serde_json::json;

impl World {
    /// Many call one queue at once: a mailing went out, a train stands still.
    pub(super) fn rush(&mut self, out: &mut Out<'_>) {
        self.plan_ms(RUSH_MS, Step::Rush);
        let queue = self.rng.usize(..BUSY_QUEUES);
        let ordinary = f64::from(8 + self.rng.u32(..8)) * self.settings.pace * self.size();
        // a centre without traffic has no rush either
        let mut left = ordinary;
        while left >= 1.0 {
            left -= 1.0;
            let key = self.begin(Medium::Call);
            if let Some(conversation) = self.conversations.get_mut(&key) {
                conversation.bound_for = Some(queue);
            }
            let flow = self.join(key, "ivr", None, None, Stand::Connected);
            let wait = self.around(25.0);
            self.plan_ms(wait, Step::LeaveFlow(key, flow));
            self.tell(key, out);
            self.detail_customer_start(key, out);
        }
    }

    /// A frame of a topic that no catalogue has.
    pub(super) fn oddity(&mut self, out: &mut Out<'_>) {
        self.plan_ms(ODDITY_MS, Step::Oddity);
        if !self.settings.imperfections {
            return;
        }
        let height = self.rng.u32(..400);
        out.emit(UNKNOWN_TOPIC.to_owned(), "", || json!({"gauge": "north quay", "cm": height}));
    }

    /// The queue's own flow leads the customer elsewhere: to another queue, or to a mailbox.
    pub(super) fn flow_out(&mut self, key: u64, acd: usize, out: &mut Out<'_>) {
        let now = self.now;
        let medium = self.medium(key);
        let from = self.queue_of(key, acd);
        if let Some(queue) = from {
            let began = self.person(key, acd).map_or(now, |person| person.started);
            self.count(queue, medium, Happened::FlowOut(milliseconds(began, now)));
        }
        self.close(key, acd, "transfer");
        self.detail_acd_end(key, acd, "FLOW_OUT", out);
        self.stop_ringing(key, "transfer");
        if medium == Medium::Call && self.rng.bool() {
            let mailbox = self.join(key, "voicemail", None, None, Stand::Connected);
            if let Some(person) = self.person(key, mailbox) {
                "Voicemail".clone_into(&mut person.name);
            }
            let wait = self.around(20.0);
            self.plan_ms(wait, Step::LeaveMailbox(key, mailbox));
            self.detail(key, mailbox, "voicemail.start", &[], out);
        } else {
            let to = self.other_queue(from);
            self.enter_queue(key, Some(to), out);
        }
        self.tell(key, out);
    }

    /// The message is left.
    pub(super) fn leave_mailbox(&mut self, key: u64, mailbox: usize, out: &mut Out<'_>) {
        if self.is_live(key, mailbox) {
            self.close(key, mailbox, "peer");
            self.detail(key, mailbox, "voicemail.end", &[], out);
            self.end(key, out);
        }
    }

    /// Whoever is being rung for this conversation is free again.
    pub(super) fn stop_ringing(&mut self, key: u64, disconnect: &'static str) {
        for person in self.ringing(key) {
            self.close(key, person, disconnect);
            if let Some(agent) = self.agent_of(key, person) {
                self.agents[agent].busy = self.agents[agent].busy.saturating_sub(1);
            }
        }
    }

    /// Any queue but this one.
    pub(super) fn other_queue(&mut self, from: Option<usize>) -> usize {
        loop {
            let queue = self.pick_queue();
            if Some(queue) != from {
                return queue;
            }
        }
    }
}
