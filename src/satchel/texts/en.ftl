# What the bot says. Names of items, slots and the like come from the catalogue; everything else is here.
# A deployment replaces single messages with files of its own: see docs/bot.md.

## Signs

rarity-mark = { $rank ->
    [0] ⚪
    [1] 🟢
    [2] 🔵
    [3] 🟣
    [4] 🟠
    [5] 🔴
   *[other] ⚫
}
empty-mark = ▫️
bar-full = ▰
bar-empty = ▱
up = ▲
down = ▼
none = —
met = ✅
unmet = ❌
same = =
all = Everything
kg = { $kg } kg
score = ✨{ $score }
mark-locked = 🔒
mark-unusable = 🚫
mark-quick = 🧪{ $n }
ago-now = just now
ago-minutes = { $n } min ago
ago-hours = { $n } h ago
ago-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}

## The doll

doll-title = 🧍 <b>{ $name }</b> · level { $level } · ✨ <b>{ $score }</b>
doll-wallet = 💰 { $balances }
doll-belt = 🧪 { $loops }
load-bag = 🎒 { $bar } { $used }/{ $limit }
load-weight = ⚖️ { $bar } { $used }/{ $limit } kg
load-heavy = ⚖️ { $bar } <b>{ $used }/{ $limit } kg ❗</b>

## Lists

bag-title = <b>{ $what }</b> · { $n } · { $order }
sections-title = 🗂 <b>What to show?</b>
sort-category = by type
sort-rarity = by rarity
sort-name = by name
sort-newest = newest first
slot-title = 🛡 <b>{ $slot }</b>
slot-empty = Nothing is worn here.
slot-worn = Worn: { $item }
slot-fits = In the bag, best first:
find-title = 🔎 { $text } · { $n }
find-kept = 🔎 { $text }
pick-title = 🧪 <b>Quick slot { $n }</b>
    Tap what should lie in it.
belt-title = 🧪 <b>Belt</b> · { $n ->
    [0] no quick slots
    [one] { $n } quick slot
   *[other] { $n } quick slots
}
belt-none = What you wear gives no quick slots. Put on a belt that does.
nothing-in-bag = The bag is empty. Whatever you find on your way will lie here.
nothing-here = Nothing of that kind is in the bag.
nothing-fits = Nothing in the bag fits this slot.
nothing-found = Nothing in the bag has such a name.
nothing-quick = Nothing in the bag can lie in a quick slot.
page = { $page } / { $pages }

## The card of an item

card-worn = 🛡 Worn: { $slot }
card-bound = 🧪 In quick slot { $n }
card-locked = 🔒 Locked: it cannot be dropped or used up
card-durability = 🛠 { $bar } { $left }/{ $most }
card-use = 💫 When used: { $effect }
card-needs = Needs: { $needs }
card-compared = ✨ <b>{ $change }</b> if worn ({ $slot })
card-set = 🧩 <b>{ $set }</b> { $worn }/{ $pieces }
need-level = level { $n }
need-class = class: { $classes }
you-have = you: { $have }

## Questions

ask-drop = 🗑 Drop { $item }?
ask-split = ✂️ { $item }
    How many shall become a stack of their own?
ask-number = ⌨️ Send a number from 1 to { $largest } within { $seconds } seconds.
ask-search = 🔎 Send a part of the name within { $seconds } seconds.
    Or at any time: /find and what you look for.
wrong-number = ❗ That is no number from 1 to { $largest }. Try again.

## Wallet, history, characters

wallet-title = 💰 <b>Wallet</b>
wallet-currency = Money
wallet-resource = Resources
wallet-component = Components
wallet-full = full
history-title = 📜 <b>Last actions</b>
history-empty = Nothing has happened yet.
and-more = and { $n } more
characters-title = 👥 <b>Who shall it be?</b>
did-equip = put on
did-unequip = took off
did-move = moved
did-drop = dropped
did-take-back = took back
did-split = split
did-merge = put together
did-use = used
did-bind-quick-slot = put on the belt
did-unbind-quick-slot = taken from the belt
did-sort = tidied up
did-lock = locked
did-unlock = unlocked
did-grant = received
did-consume = spent
did-adjust-wallet = balance
did-update-character = character changed

## Buttons

button-back = ‹ Back
button-gear = 🧍 Gear
button-bag = 🎒 Bag
button-belt = 🧪 Quick
button-wallet = 💰 Purse
button-history = 📜 Log
button-characters = 👥 Other characters
button-character = { $name } · level { $level }
button-sections = 🗂 { $section }
button-sort = ↕️ { $order }
button-search = 🔎
button-tidy = 🧹
button-search-again = 🔎 Search for something else
button-previous = ‹
button-next = ›
button-equip = Wear
button-equip-in = Wear: { $slot }
button-unequip = Take off
button-use = Use
button-bind = 🧪 → { $n }
button-unbind = 🧪 Take from the belt
button-take-out = ✖️
button-pick = { $n } · put something in
button-find-belt = Find a belt
button-split = ✂️ Split
button-lock = 🔒 Lock
button-unlock = 🔓 Unlock
button-drop = 🗑 Drop
button-drop-it = 🗑 Yes, drop it
button-share = ↗️ Show
button-one = { $n }
button-half = Half: { $n }
button-all = All: { $n }
button-but-one = All but one: { $n }
button-type = ⌨️ Type a number
button-undo = ↩️ Take it back ({ $seconds } s)
button-undo-again = ↩️ Take it back
button-older = Older ›
button-newest = Newest
button-open = Open my bag

## Toasts: plain text, no tags

note = 💬 { $text }
note-drop = 🗑 Dropped: { $item }
done-equip = Worn: { $item }
done-unequip = Taken off: { $item }
done-use = Used: { $item }
done-use-effect = Used: { $item } — { $effect }
done-bind = Quick slot { $n }: { $item }
done-unbind = Quick slot { $n } is empty
done-split = Split: { $n }
done-drop = Dropped: { $item }
done-take-back = It is back.
done-lock = Locked
done-unlock = Unlocked
done-sort = Tidied up
stale = The inventory has changed since. Here is how it is now.
too-late = Too late: it is gone for good.
input-over = The time is over; nothing was changed.
old-button = This button is from another time. Here is the present.
slow = The game answers slowly. Nothing is lost: please tap again.

## Welcome and help

welcome = 🏮 <b>Welcome to the Lantern Marches, { $name }!</b>
    Your bag is packed: blades, a belt, some potions. Tap a slot to see what fits it.
no-character = 🔦 You have no character in this game yet. Make one in the game, then come back and send /start.
item-gone = You have no such item.
find-what = 🔎 What shall I look for? For example: /find sword
help = <b>What I can do</b>

    /gear — what you wear, and the way to everything
    /bag — your bag
    /find sword — search the bag
    /help — this page

    ✨ is the gear score · ▲▼ what wearing it would change · 🚫 not for you yet, its card says why · 🔒 locked · 🧹 tidies up

    In any chat, type my name and a part of an item's name to show the item to others. Locked items cannot be dropped by mistake, and what you drop can be taken back for a minute.
command-start = Begin
command-gear = What you wear
command-bag = Your bag
command-find = Search the bag
command-help = What I can do

## Modifiers

modifier-attack = Attack
modifier-defence = Defence
modifier-health = Health
modifier-mana = Mana
modifier-magic = Magic
modifier-resistance = Resistance
modifier-crit = Critical
modifier-speed = Speed
modifier-luck = Luck
modifier-quick-slots = Quick slots
modifier-weight-limit-g = Load
modifier-slots = { $container }: slots

## Attributes and classes

attribute-strength = strength
attribute-agility = agility
attribute-wisdom = wisdom
class-warden = warden
class-mage = mage
class-ranger = ranger

## Effects of using things

effect-restore-health = restores { $amount } health
effect-restore-mana = restores { $amount } mana
effect-cure-poison = cures poison
effect-buff-speed = speed +{ $amount } for { $seconds } s
effect-buff-defence = defence +{ $amount } for { $seconds } s
effect-buff-luck = luck +{ $amount } for { $seconds } s
effect-revive = brings back to life with { $amount } health
effect-teleport-home = takes you home
effect-light = light for { $seconds } s
effect-fire-burst = a burst of fire, { $damage } damage
effect-identify = shows what is hidden
effect-ward = absorbs { $amount } damage for { $seconds } s
effect-call-companion = calls your companion

## Errors: the keys are the codes of the API; plain text, no tags

refusal-of-the-game = The game does not allow this now.
internal_error = Something broke on our side. Nothing was lost; it has been noted.
invariant_broken = Something broke on our side. Nothing was lost; it has been noted.
malformed_action = This button does not work any more. Open the screen again: /gear
unauthenticated = The bot is not allowed into the game right now. Its keeper has to look at it.
forbidden = The bot is not allowed to do this.
not_owner = This is not your inventory. Yours: /gear
route_not_found = The game does not know this. Its keeper has to look at it.
method_not_allowed = The game does not know this. Its keeper has to look at it.
body_too_large = That is too much at once.
version_mismatch = The inventory has changed since. Here is how it is now.
idempotency_key_reused = This was done already.
idempotency_key_expired = This is too long ago to be done.
character_not_found = There is no such character any more. Send /start.
fact_missing = The game did not tell what it needs to allow this.
item_not_found = You have no such item any more.
definition_unknown = The game does not know such an item.
resource_unknown = The game does not know such a balance.
slot_incompatible = It does not fit there.
already_equipped = It is worn there already.
not_equipped = It is not worn.
requirements_not_met = Not yet: { $missing }
bag_full = No room: { $required } needed, { $available } free.
too_heavy = Too heavy: { $required } kg of { $available } kg.
container_unknown = There is no such place.
container_incompatible = It cannot be kept there.
position_invalid = That place is taken, or does not exist.
insufficient_items = Not enough: { $required } needed, { $available } there.
insufficient_funds = Not enough: { $required } needed, { $available } there.
wallet_full = The purse is full: room for { $available }.
item_locked = It is locked. Unlock it first.
not_droppable = This cannot be dropped.
not_usable = This cannot be used.
not_stackable = These two do not go together.
quick_slot_unavailable = The belt has no such quick slot, or it does not fit in there.
quarantined = This inventory is being checked and cannot be changed for now. You can still look at it.
rate_limited = Slowly! Please tap again.
session_unavailable = The game cannot be reached right now. Nothing is lost: please tap again.
vault_unavailable = The game cannot be reached right now. Nothing is lost: please tap again.
push_rejected = The game cannot save this right now. Its keeper has to look at it.
duplicate_item = The game cannot save this right now. Its keeper has to look at it.
shutting_down = The game restarts. Please tap again in a moment.
