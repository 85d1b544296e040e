//! What a topic asks of whoever subscribes it, and whether a login has that.
//!
//! Only the service's answer to subscribing counts; this tells beforehand what can be told. Names
//! of permissions and kinds are those of `permissionDetails`; nothing of them is written down here.
use std::collections::BTreeSet;

/// Most permissions of one requirement that are kept; three are the most that were seen.
pub(super) const MAX_PERMISSIONS: usize = 16;

/// One thing that is asked of whoever subscribes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What kind of check it is.
    pub kind: RequirementKind,
    /// The permissions, all of them, as the service names them.
    pub permissions: Vec<String>,
    /// Whether a person may have their own without them.
    pub allows_current_user: bool,
}

/// What kind of check is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementKind {
    /// The topic must be about the person who is logged in.
    CurrentUser,
    /// A permission, wherever it is granted.
    Permissions,
    /// A permission in the division of the queue or user that the topic names.
    DivisionPermissions,
    /// A permission in any division.
    AnyDivisionPermissions,
    /// Being part of the conversation.
    ConversationParticipant,
    /// A kind that this version doesn't know, in the service's word.
    Other(String),
}

impl RequirementKind {
    /// The kind that the service names so.
    pub(super) fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "requirescurrentuser" => Self::CurrentUser,
            "requirespermissions" | "" => Self::Permissions,
            "requiresdivisionpermissions" => Self::DivisionPermissions,
            "requiresanydivisionpermissions" => Self::AnyDivisionPermissions,
            "requiresuserbeconversationparticipant" => Self::ConversationParticipant,
            _ => Self::Other(super::kept(name, super::MAX_WORD)),
        }
    }

    /// The service's word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::CurrentUser => "requiresCurrentUser",
            Self::Permissions => "requiresPermissions",
            Self::DivisionPermissions => "requiresDivisionPermissions",
            Self::AnyDivisionPermissions => "requiresAnyDivisionPermissions",
            Self::ConversationParticipant => "requiresUserBeConversationParticipant",
            Self::Other(word) => word,
        }
    }
}

impl Requirement {
    /// Whether it asks for anything: the service also lists checks without a permission.
    pub(super) fn asks_anything(&self) -> bool {
        !self.permissions.is_empty()
            || !matches!(
                self.kind,
                RequirementKind::Permissions
                    | RequirementKind::DivisionPermissions
                    | RequirementKind::AnyDivisionPermissions
            )
    }

    /// The same in words, such as `routing:queue:view in its division, or one's own`.
    #[must_use]
    pub fn words(&self) -> String {
        let named = self.permissions.join(" + ");
        let words = match &self.kind {
            RequirementKind::CurrentUser => "only for oneself".to_owned(),
            RequirementKind::ConversationParticipant => "being in the conversation".to_owned(),
            RequirementKind::Permissions => named,
            RequirementKind::DivisionPermissions => format!("{named} in its division"),
            RequirementKind::AnyDivisionPermissions => format!("{named} in any division"),
            RequirementKind::Other(kind) if named.is_empty() => kind.clone(),
            RequirementKind::Other(kind) => format!("{named} ({kind})"),
        };
        let own = self.allows_current_user && self.kind != RequirementKind::CurrentUser;
        if own { format!("{words}, or one's own") } else { words }
    }
}

/// What a login may do, as far as the service tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// Whether a person is logged in; `None` while that isn't known.
    pub person: Option<bool>,
    /// The permissions; `None` where the service doesn't tell them, as for clients.
    pub permissions: Option<BTreeSet<String>>,
}

impl Granted {
    /// Whether a permission is among them: granted by name, or by a `*` in the place of an entity
    /// or an action.
    fn holds(&self, wanted: &str) -> Option<bool> {
        let granted = self.permissions.as_ref()?;
        let wanted: Vec<&str> = wanted.split(':').collect();
        Some(granted.iter().any(|name| {
            let mut parts = wanted.iter();
            let fits = name.split(':').all(|part| {
                let next = parts.next();
                part == "*" || next.is_some_and(|wanted| part.eq_ignore_ascii_case(wanted))
            });
            fits && (parts.next().is_none() || name.ends_with('*'))
        }))
    }
}

/// What can be said before the service is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is asked for, or all of it is granted.
    Granted,
    /// The permission is granted; whether in the division of the queue or user, the service says.
    ByDivision,
    /// These permissions are missing.
    Missing(Vec<String>),
    /// It is only for a person, and a client is logged in.
    PersonOnly,
    /// Nothing that is known decides it: the service says when it is asked to subscribe.
    AskedWhenSubscribing,
}

impl Verdict {
    /// What can be said of `requirements` for a login that may do what `granted` says.
    #[must_use]
    pub fn of(requirements: Option<&[Requirement]>, granted: &Granted) -> Self {
        let Some(requirements) = requirements else { return Self::AskedWhenSubscribing };
        let mut missing = Vec::new();
        let mut undecided = false;
        let mut by_division = false;
        for requirement in requirements {
            let own_may_do = requirement.allows_current_user && granted.person != Some(false);
            match requirement.kind {
                RequirementKind::CurrentUser | RequirementKind::ConversationParticipant
                    if granted.person == Some(false) =>
                {
                    return Self::PersonOnly;
                }
                RequirementKind::CurrentUser
                | RequirementKind::ConversationParticipant
                | RequirementKind::Other(_) => undecided = true,
                RequirementKind::DivisionPermissions => by_division = true,
                RequirementKind::Permissions | RequirementKind::AnyDivisionPermissions => {}
            }
            for permission in &requirement.permissions {
                match granted.holds(permission) {
                    Some(true) => {}
                    Some(false) if !own_may_do => missing.push(permission.clone()),
                    // one's own would still be allowed
                    Some(false) | None => undecided = true,
                }
            }
        }
        if !missing.is_empty() {
            Self::Missing(missing)
        } else if undecided {
            Self::AskedWhenSubscribing
        } else if by_division {
            Self::ByDivision
        } else {
            Self::Granted
        }
    }

    /// The same in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Granted => "granted".to_owned(),
            Self::ByDivision => "granted; its division decides".to_owned(),
            Self::Missing(names) => format!("missing: {}", names.join(", ")),
            Self::PersonOnly => "only for a person, and a client is logged in".to_owned(),
            Self::AskedWhenSubscribing => "told when subscribing".to_owned(),
        }
    }
}
