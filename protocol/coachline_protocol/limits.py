"""Every limit of the protocol: one constant each, with its unit and the reason for its size.

Rate limits are the operator's to change and live in the daemon's configuration; what stands here may be
relied on by every client and every server of `coachline.1`.
"""

from typing import Final

SUBPROTOCOL: Final = "coachline.1"
"""The WebSocket subprotocol both sides name; another number is another protocol."""

# -- framing -----------------------------------------------------------------------------------------------
MAX_FRAME_BYTES: Final = 60 * 1024
"""Bytes of one MessagePack frame. Holds a 20,000-byte message body or a list answer with room to spare."""
MAX_MESSAGE_BYTES: Final = 64 * 1024
"""Bytes of one WebSocket message: one largest frame, or many small ones back to back."""
MAX_FRAMES_PER_MESSAGE: Final = 1_024
"""Frames in one WebSocket message; bounds the work one read may cause."""
MAX_DEPTH: Final = 16
"""Nested arrays and maps in one frame. The deepest valid frame needs 6."""
MAX_ITEMS: Final = 4_096
"""Entries of one array or map. The longest list answer holds 500 rows."""
MAX_TEXT_BYTES: Final = 20_000
"""UTF-8 bytes of a message body (5,000 code points of ≤ 4 bytes). The codec lets a longer string through, up
to the frame, so that it is refused with its length and not by closing the connection."""
MAX_BIN_BYTES: Final = 49_152
"""Bytes of any binary value: one chunk of a file (48 KiB)."""
MAX_INTEGER: Final = 2**53 - 1
"""Largest revision, seq or time: what every language holds exactly, and a database's int64 holds too."""
MAX_OP_CHARACTERS: Final = 64
"""Code points of the name of an op or event. The longest today has 17."""
MAX_REQUEST_ID: Final = 2**31 - 1
"""Request ids are chosen by the client, 0 … MAX_REQUEST_ID, and may be used again after their answer."""
MAX_OUTSTANDING: Final = 64
"""Requests of one connection waiting for their answer: fills any link, and bounds what a server holds."""

# -- answers -----------------------------------------------------------------------------------------------
MAX_ANSWER_BYTES: Final = 48 * 1024
"""A list answer ends here and says `more`: leaves 12 KiB of the frame for its envelope."""
HISTORY_DEFAULT: Final = 50
HISTORY_MAX: Final = 200
"""Messages per `history` answer."""
CHANGES_MAX: Final = 500
"""Rows per `changes` answer; a device further behind than this takes a `snapshot`."""
SNAPSHOT_MESSAGES: Final = 50
"""Newest messages in a `snapshot`: two screens of a timeline."""
LIST_MAX: Final = 200
"""Entries per list answer (conversations, people, heads)."""
PREVIEW_CHARACTERS: Final = 200
"""Code points of the last message shown in a list."""
PRESENCE_QUERY_MAX: Final = 200
"""People in one `presence.query`."""

# -- content -----------------------------------------------------------------------------------------------
TEXT_CHARACTERS: Final = 5_000
"""Code points of a message body after NFC."""
HANDLE_CHARACTERS: Final = 254
"""An e-mail address has at most 254 characters (RFC 5321, section 4.5.3.1.3 and erratum 1690)."""
DISPLAY_NAME_CHARACTERS: Final = 80
DEVICE_NAME_CHARACTERS: Final = 80
"""Code points of a name: long enough for real ones, short enough for one line of a list."""
NOTE_CHARACTERS: Final = 200
"""Code points of the note on an invitation, which only its maker sees."""
ZONE_CHARACTERS: Final = 64
"""Code points of a time zone's IANA name; the longest today has 32."""
PICTURE_BYTES: Final = 32 * 1024
"""A profile picture, already scaled by the client (PNG, JPEG or WebP, 256 × 256)."""
METRIC_CHARACTERS: Final = 32
"""Code points of the name of a metric or unit; the longest today has 12."""
GOAL_TITLE_CHARACTERS: Final = 80
GOAL_NOTE_CHARACTERS: Final = 1_000
"""Code points of a goal's title, one line, and of a note on a goal, an entry or an excuse, a paragraph."""
TARGETS_MAX: Final = 12
MEASURES_MAX: Final = 12
"""Targets of one goal and values of one entry: nutrition has four, a set of body measures eight."""
GOAL_DAYS_MAX: Final = 3 * 366
"""Days from a goal's start to its due date: three years."""
GOALS_MAX: Final = 500
VERSIONS_MAX: Final = 200
ENTRIES_PER_DAY_MAX: Final = 50
EXCUSES_MAX: Final = 1_000
TEMPLATES_MAX: Final = 200
"""Goals of one client, versions and phases of one goal, sayings for one goal and day, excuses of one client,
templates of one trainer: far beyond use, and what keeps a record small enough to be held whole."""
PASSWORD_MIN_CHARACTERS: Final = 10
"""Code points; length is what makes a password hard to guess, so there is no other rule."""
PASSWORD_MAX_CHARACTERS: Final = 200
"""Upper bound keeps the password hash's input, and so its cost, bounded."""
TOKEN_BYTES: Final = 32
"""A device token: 256 random bits."""

# -- time, in seconds unless named otherwise ---------------------------------------------------------------
HANDSHAKE_SECONDS: Final = 15
"""From the TCP connection to `welcome`."""
KEEPALIVE_SECONDS: Final = 15
CLIENT_KEEPALIVE_SECONDS: Final = 20
"""Nothing heard for this long: a server, or a client, sends a WebSocket ping. One of the two pings for both."""
SILENCE_SECONDS: Final = 30
"""Nothing heard for this long: the link is dead and the person offline."""
TYPING_EVERY_SECONDS: Final = 4
TYPING_STOPS_SECONDS: Final = 5
TYPING_EXPIRES_SECONDS: Final = 8
"""A typing sign is repeated every 4 s, ended 5 s after the last key, and forgotten by others after 8 s."""
COMMAND_MEMORY_DAYS: Final = 60
"""A command's answer is remembered this long; ids of created things for ever."""
EDIT_HOURS: Final = 24
"""A message may be edited this long by its author; the operator may change it."""

# -- buffers -----------------------------------------------------------------------------------------------
MAX_IN_BYTES: Final = MAX_MESSAGE_BYTES
"""Bytes of one connection's requests waiting for their answer: one largest message. More is refused `busy`."""
MAX_OUT_BYTES: Final = 1024 * 1024
"""What one connection can have queued on its way out before it is dismissed as a slow reader."""
CONNECTIONS_PER_CLIENT: Final = 5
CONNECTIONS_PER_TRAINER: Final = 10
"""Live connections of one person; the next is accepted and the one idle longest is closed."""
