//! Who is on a queue, by name: so that people of several queues can be counted once.
//!
//! REST tells it, once a minute; agents whose own topics are watched tell their changes at once.
use super::{News, Queues};
use crate::domain::agent::RoutingStatus;
use crate::domain::control::QueueStaff;
use crate::domain::identity::{QueueId, UserId};
use std::collections::HashMap;
use std::sync::Arc;

/// Members of a queue with what routing thinks of them; at most
/// [`MAX_MEMBERS_PER_QUEUE`](super::MAX_MEMBERS_PER_QUEUE).
pub type Staff = HashMap<UserId, RoutingStatus>;

impl Queues {
    /// Takes in who is on a queue, by REST. What is known of somebody by their own topic is newer:
    /// `live` says it.
    pub fn staff(&mut self, told: &QueueStaff, live: impl Fn(&UserId) -> Option<RoutingStatus>) {
        let of =
            |user: &UserId, status: &str| live(user).unwrap_or_else(|| RoutingStatus::of(status));
        let people = told.people.iter().take(super::MAX_MEMBERS_PER_QUEUE);
        let staff: Staff =
            people.map(|one| (one.user.clone(), of(&one.user, &one.status))).collect();
        self.change(&told.queue, |row| {
            let is_news = row.staff.as_deref() != Some(&staff);
            if is_news {
                row.staff = Some(Arc::new(staff));
            }
            News { of_all: is_news, ..News::default() }
        });
    }

    /// Follows somebody: they were active in `before` and are in `after`, with this status. Queues of
    /// which it isn't known who is on them stay so.
    pub fn follow(
        &mut self,
        user: &UserId,
        before: &[QueueId],
        after: &[QueueId],
        status: &RoutingStatus,
    ) {
        let left = before.iter().filter(|queue| !after.contains(queue));
        for (queue, status) in
            left.map(|queue| (queue, None)).chain(after.iter().map(|queue| (queue, Some(status))))
        {
            let known = self.rows.get(queue).and_then(|row| row.staff.as_ref());
            if known.is_none_or(|staff| staff.get(user) == status) {
                continue;
            }
            self.change(queue, |row| {
                if let Some(staff) = row.staff.as_mut().map(Arc::make_mut) {
                    match status {
                        Some(status) => staff.insert(user.clone(), status.clone()),
                        None => staff.remove(user),
                    };
                }
                News::of_all()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Queues;
    use crate::domain::agent::RoutingStatus;
    use crate::domain::control::{QueueStaff, StaffMember};
    use crate::domain::identity::{QueueId, UserId};

    fn staff(queue: &QueueId, people: &[(&str, &str)]) -> QueueStaff {
        let member = |(user, status): &(&str, &str)| StaffMember {
            user: UserId::new(user),
            status: (*status).to_owned(),
        };
        QueueStaff { queue: queue.clone(), people: people.iter().map(member).collect() }
    }

    #[test]
    fn who_says_so_themselves_is_followed_at_once() {
        let [sales, billing] = ["sales", "billing"].map(QueueId::new);
        let (ann, bob) = (UserId::new("ann"), UserId::new("bob"));
        let mut queues = Queues::default();
        let status = |queues: &Queues, queue: &QueueId, user: &UserId| {
            queues.get(queue).and_then(|row| row.staff()?.get(user).cloned())
        };
        // nobody told who is on billing: one more doesn't make it known
        queues.follow(&ann, &[], std::slice::from_ref(&billing), &RoutingStatus::Idle);
        assert!(queues.get(&billing).is_none_or(|row| row.staff().is_none()));
        queues.staff(&staff(&sales, &[("ann", "IDLE"), ("bob", "OFF_QUEUE")]), |_| None);
        queues.staff(&staff(&billing, &[]), |_| None);
        queues.follow(&bob, &[], std::slice::from_ref(&sales), &RoutingStatus::Interacting);
        assert_eq!(status(&queues, &sales, &bob), Some(RoutingStatus::Interacting));
        let (before, after) = (std::slice::from_ref(&sales), std::slice::from_ref(&billing));
        queues.follow(&ann, before, after, &RoutingStatus::NotResponding);
        assert_eq!(status(&queues, &sales, &ann), None);
        assert_eq!(status(&queues, &billing, &ann), Some(RoutingStatus::NotResponding));
        // REST was asked before they said so
        let live = |user: &UserId| (*user == bob).then_some(RoutingStatus::Interacting);
        queues.staff(&staff(&sales, &[("bob", "IDLE")]), live);
        assert_eq!(status(&queues, &sales, &bob), Some(RoutingStatus::Interacting));
        let changes = queues.journal().end();
        queues.staff(&staff(&sales, &[("bob", "IDLE")]), live);
        assert_eq!(queues.journal().end(), changes, "the same again is no change");
    }
}
