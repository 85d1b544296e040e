//! In which orders the topics can be listed. Must not know how they are compared.

/// How the list can be sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// What was refused, then by rate.
    #[default]
    Busiest,
    /// Most bytes first.
    Largest,
    /// What never fired, then the longest silent.
    Quietest,
    Name,
}

impl Sort {
    /// Every choice, in the order of the key.
    const ALL: [Self; 4] = [Self::Busiest, Self::Largest, Self::Quietest, Self::Name];

    pub(super) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|choice| *choice == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// The order in words; empty for the usual one.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Busiest => "",
            Self::Largest => "by bytes",
            Self::Quietest => "quietest first",
            Self::Name => "by name",
        }
    }
}
