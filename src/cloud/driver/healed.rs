//! What was read again, in words: it stands in the ledger of gaps beside what was missed.

/// What a reading by REST brought.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Brought {
    /// Queues that were asked for.
    pub(super) queues: usize,
    /// Users whose conversations were asked for.
    pub(super) users: usize,
    /// Live conversations; `None` where permission is missing.
    pub(super) conversations: Option<usize>,
    /// Whether the service's figures of the queues came.
    pub(super) figures: bool,
    /// Agents whose presence and routing status came.
    pub(super) agents: usize,
}

impl Brought {
    /// In words, as in "healed by …".
    pub(super) fn in_words(self) -> String {
        let whose = match (self.queues, self.users) {
            (0, users) => format!("{users} users"),
            (queues, 0) => format!("{queues} queues"),
            (queues, users) => format!("{queues} queues and {users} users"),
        };
        let asked = self.queues + self.users > 0;
        let conversations = match self.conversations {
            _ if !asked => None,
            Some(count) => Some(format!("{count} live conversations of {whose}")),
            None if self.figures && self.queues > 0 => {
                Some(format!("figures of {} queues, without conversations", self.queues))
            }
            None => None,
        };
        let agents = (self.agents > 0).then(|| format!("{} agents", self.agents));
        let parts: Vec<String> = [conversations, agents].into_iter().flatten().collect();
        match parts.is_empty() {
            false => parts.join(", "),
            true if asked => {
                "nothing: permission is missing for conversations and for figures".to_owned()
            }
            true => "nothing: no queue and no user is watched".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Brought;

    #[test]
    fn what_came_is_said_and_what_did_not_is_not() {
        let none = Brought::default();
        for (brought, said) in [
            (none, "nothing: no queue and no user is watched"),
            (
                Brought { queues: 2, ..none },
                "nothing: permission is missing for conversations and for figures",
            ),
            (
                Brought { queues: 2, figures: true, ..none },
                "figures of 2 queues, without conversations",
            ),
            (
                Brought { queues: 2, conversations: Some(5), ..none },
                "5 live conversations of 2 queues",
            ),
            (
                Brought { queues: 2, users: 1, conversations: Some(5), agents: 3, ..none },
                "5 live conversations of 2 queues and 1 users, 3 agents",
            ),
            (
                Brought { users: 4, conversations: Some(0), ..none },
                "0 live conversations of 4 users",
            ),
            (Brought { agents: 66, ..none }, "66 agents"),
        ] {
            assert_eq!(brought.in_words(), said, "{brought:?}");
        }
    }
}
