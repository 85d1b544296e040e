//! The commented file that `config init` writes.

/// A configuration in which everything is explained and nothing is set.
#[must_use]
pub fn template() -> &'static str {
    "\
# gcwatch: configuration. Every line that is commented out shows an example.
# `gcwatch login` writes profiles here and keeps what you wrote. No secret stands in this file.

# The profile to use when neither --profile nor GCWATCH_PROFILE names one.
# default_profile = \"acme\"

# [profiles.acme]
# region = \"us-east-1\"            # region id, or a bare domain such as usw2.pure.cloud
# client_id = \"…\"                 # id of an OAuth client of the kind \"client credentials\"
# grant = \"client-credentials\"    # or \"pkce\": a person logs in with the browser
# credentials = \"keyring\"         # where secret or login are: keyring, file or environment
# redirect_uri = \"http://localhost\"  # for pkce: as registered with the OAuth client
# queues = [\"Billing\", \"Sales*\"]  # watched when no topic is named; names may hold *
# users = []
# topics = []
# ca_file = \"company-ca.pem\"      # further certificate authorities, relative to this folder

# [profiles.acme.sets.night]      # chosen by `gcwatch watch --set night`
# queues = [\"Billing\", \"Emergency*\"]
# users = []
# topics = []

# [profiles.acme.filters]         # recalled as @urgent where a filter is typed; ctrl-s saves one
# urgent = \"state=waiting since>2m\"

# [profiles.acme.lists.queues]    # or conversations, history, agents; o on the list chooses and saves
# columns = [\"queue:24\", \"waiting\", \"longest_wait\"]  # in this order, with a width if you like
# sort = \"-queue\"                # a column, with - the other way round

# [display]
# mask = true                     # hide customers' names and addresses until a key shows them
# theme = \"default\"               # default, high-contrast, colour-blind or light
# colors = \"auto\"                 # auto, truecolor, 256, 16 or none
# symbols = \"unicode\"             # unicode or ascii
# mouse = true                    # false leaves it to the terminal, which selects text with it
# wall_seconds = 10               # how long the wall shows a queue
# noise = [\"CorrelationId\"]       # fields that comparing two frames leaves out

# [keys]                          # names as in the palette; a list replaces the action's own keys
# \"queues.sort\" = [\"v\", \"f2\"]
# \"view.mouse\" = []               # none: only in the palette

# [[alert]]                       # as many as you like
# name = \"waiting\"
# queues = \"Bill*\"               # a name, a name with *, or a filter; all without it
# warning = \"waiting > 5 for 60s, clear < 3\"
# critical = \"waiting > 10 for 30s\"

# [notify]
# bell = true                     # the terminal's bell
# terminal = \"none\"              # none, osc9 or osc777: a notice by the terminal
# command = [\"notify-send\", \"gcwatch: alert\"]  # gets JSON on standard input; no shell
# quiet = [\"22:00-06:00\"]        # nothing rings then, by the clock here
"
}
