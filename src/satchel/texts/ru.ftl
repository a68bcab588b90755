# Что говорит бот. Названия предметов, слотов и прочего берутся из каталога; всё остальное — здесь.
# Отдельные сообщения можно заменить своими файлами: см. docs/bot.md.

## Знаки

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
all = Всё
kg = { $kg } кг
score = ✨{ $score }
mark-locked = 🔒
mark-unusable = 🚫
mark-quick = 🧪{ $n }
ago-now = только что
ago-minutes = { $n } мин назад
ago-hours = { $n } ч назад
ago-days = { $n ->
    [one] { $n } день назад
    [few] { $n } дня назад
   *[many] { $n } дней назад
}

## Персонаж

doll-title = 🧍 <b>{ $name }</b> · уровень { $level } · ✨ <b>{ $score }</b>
doll-wallet = 💰 { $balances }
doll-belt = 🧪 { $loops }
load-bag = 🎒 { $bar } { $used }/{ $limit }
load-weight = ⚖️ { $bar } { $used }/{ $limit } кг
load-heavy = ⚖️ { $bar } <b>{ $used }/{ $limit } кг ❗</b>

## Списки

bag-title = <b>{ $what }</b> · { $n } · { $order }
sections-title = 🗂 <b>Что показать?</b>
sort-category = по виду
sort-rarity = по редкости
sort-name = по названию
sort-newest = сначала новые
slot-title = 🛡 <b>{ $slot }</b>
slot-empty = Здесь ничего не надето.
slot-worn = Надето: { $item }
slot-fits = В сумке, лучшее сверху:
find-title = 🔎 { $text } · { $n }
find-kept = 🔎 { $text }
pick-title = 🧪 <b>Ячейка пояса { $n }</b>
    Выберите, что в неё положить.
belt-title = 🧪 <b>Пояс</b> · { $n ->
    [0] нет ячеек
    [one] { $n } ячейка
    [few] { $n } ячейки
   *[many] { $n } ячеек
}
belt-none = То, что на вас надето, не даёт ячеек. Наденьте пояс с ячейками.
nothing-in-bag = Сумка пуста. Всё, что вы найдёте в пути, окажется здесь.
nothing-here = Ничего такого в сумке нет.
nothing-fits = В сумке нет ничего для этого слота.
nothing-found = В сумке нет ничего с таким названием.
nothing-quick = В сумке нет ничего, что можно положить в ячейку пояса.
page = { $page } / { $pages }

## Карточка предмета

card-worn = 🛡 Надето: { $slot }
card-bound = 🧪 В ячейке пояса { $n }
card-locked = 🔒 Под замком: не выбросить и не потратить
card-durability = 🛠 { $bar } { $left }/{ $most }
card-use = 💫 При использовании: { $effect }
card-needs = Нужно: { $needs }
card-compared = ✨ <b>{ $change }</b>, если надеть ({ $slot })
card-set = 🧩 <b>{ $set }</b> { $worn }/{ $pieces }
need-level = уровень { $n }
need-class = класс: { $classes }
you-have = у вас: { $have }

## Вопросы

ask-drop = 🗑 Выбросить { $item }?
ask-split = ✂️ { $item }
    Сколько отделить в новую стопку?
ask-number = ⌨️ Пришлите число от 1 до { $largest }; я жду { $seconds } секунд.
ask-search = 🔎 Пришлите часть названия; я жду { $seconds } секунд.
    А можно и в любой момент: /find и что искать.
wrong-number = ❗ Это не число от 1 до { $largest }. Попробуйте ещё раз.

## Кошелёк, история, персонажи

wallet-title = 💰 <b>Кошелёк</b>
wallet-currency = Деньги
wallet-resource = Ресурсы
wallet-component = Компоненты
wallet-full = полно
history-title = 📜 <b>Последние действия</b>
history-empty = Пока ничего не происходило.
and-more = и ещё { $n }
characters-title = 👥 <b>Кем будете?</b>
did-equip = надето
did-unequip = снято
did-move = переложено
did-drop = выброшено
did-take-back = возвращено
did-split = разделено
did-merge = сложено вместе
did-use = использовано
did-bind-quick-slot = на пояс
did-unbind-quick-slot = с пояса
did-sort = порядок в сумке
did-lock = под замок
did-unlock = замок снят
did-grant = получено
did-consume = потрачено
did-adjust-wallet = баланс
did-update-character = персонаж изменён

## Кнопки

button-back = ‹ Назад
button-gear = 🧍 Герой
button-bag = 🎒 Сумка
button-belt = 🧪 Ячейки
button-wallet = 💰 Казна
button-history = 📜 Журнал
button-characters = 👥 Другие персонажи
button-character = { $name } · уровень { $level }
button-sections = 🗂 { $section }
button-sort = ↕️ { $order }
button-search = 🔎
button-tidy = 🧹
button-search-again = 🔎 Искать другое
button-previous = ‹
button-next = ›
button-equip = Надеть
button-equip-in = Надеть: { $slot }
button-unequip = Снять
button-use = Применить
button-bind = 🧪 → { $n }
button-unbind = 🧪 Убрать с пояса
button-take-out = ✖️
button-pick = { $n } · положить сюда
button-find-belt = Найти пояс
button-split = ✂️ Разделить
button-lock = 🔒 Запереть
button-unlock = 🔓 Отпереть
button-drop = 🗑 Выбросить
button-drop-it = 🗑 Да, выбросить
button-share = ↗️ Показать
button-one = { $n }
button-half = Половину: { $n }
button-all = Всё: { $n }
button-but-one = Все, кроме одного: { $n }
button-type = ⌨️ Ввести число
button-undo = ↩️ Вернуть ({ $seconds } с)
button-undo-again = ↩️ Вернуть
button-older = Раньше ›
button-newest = Последние
button-open = Открыть мою сумку

## Всплывающие сообщения: простой текст без тегов

note = 💬 { $text }
note-drop = 🗑 Выброшено: { $item }
done-equip = Надето: { $item }
done-unequip = Снято: { $item }
done-use = Использовано: { $item }
done-use-effect = Использовано: { $item } — { $effect }
done-bind = Ячейка { $n }: { $item }
done-unbind = Ячейка { $n } свободна
done-split = Отделено: { $n }
done-drop = Выброшено: { $item }
done-take-back = Вещь снова у вас.
done-lock = Под замком
done-unlock = Замок снят
done-sort = Порядок наведён
stale = Инвентарь успел измениться. Вот как он выглядит сейчас.
too-late = Слишком поздно: этой вещи больше нет.
input-over = Время вышло; ничего не изменилось.
old-button = Эта кнопка устарела. Вот как всё выглядит сейчас.
slow = Игра отвечает медленно. Ничего не потеряно: нажмите ещё раз.

## Приветствие и помощь

welcome = 🏮 <b>Добро пожаловать в Фонарное Пограничье, { $name }!</b>
    Сумка собрана: клинки, пояс, немного зелий. Нажмите на слот, чтобы увидеть, что в него подходит.
no-character = 🔦 У вас ещё нет персонажа в этой игре. Создайте его в игре, потом вернитесь и отправьте /start.
item-gone = У вас нет такого предмета.
find-what = 🔎 Что искать? Например: /find меч
help = <b>Что я умею</b>

    /gear — что на вас надето, и путь ко всему остальному
    /bag — ваша сумка
    /find меч — поиск в сумке
    /help — эта страница

    ✨ — сила снаряжения · ▲▼ — что изменится, если надеть · 🚫 — вам пока нельзя, почему — в карточке · 🔒 — под замком · 🧹 — навести порядок

    В любом чате наберите моё имя и часть названия предмета, чтобы показать его другим. Запертое нельзя выбросить по ошибке, а выброшенное можно вернуть в течение минуты.
command-start = Начать
command-gear = Что на вас надето
command-bag = Ваша сумка
command-find = Поиск в сумке
command-help = Что я умею

## Модификаторы

modifier-attack = Атака
modifier-defence = Защита
modifier-health = Здоровье
modifier-mana = Мана
modifier-magic = Магия
modifier-resistance = Стойкость
modifier-crit = Крит
modifier-speed = Скорость
modifier-luck = Удача
modifier-quick-slots = Ячейки пояса
modifier-weight-limit-g = Груз
modifier-slots = { $container }: места

## Характеристики и классы

attribute-strength = сила
attribute-agility = ловкость
attribute-wisdom = мудрость
class-warden = смотритель
class-mage = маг
class-ranger = следопыт

## Действие предметов

effect-restore-health = восстанавливает { $amount } здоровья
effect-restore-mana = восстанавливает { $amount } маны
effect-cure-poison = снимает отравление
effect-buff-speed = скорость +{ $amount } на { $seconds } с
effect-buff-defence = защита +{ $amount } на { $seconds } с
effect-buff-luck = удача +{ $amount } на { $seconds } с
effect-revive = возвращает к жизни со здоровьем { $amount }
effect-teleport-home = переносит домой
effect-light = свет на { $seconds } с
effect-fire-burst = вспышка огня, урон { $damage }
effect-identify = открывает скрытое
effect-ward = поглощает { $amount } урона за { $seconds } с
effect-call-companion = зовёт вашего спутника

## Ошибки: ключи — коды API; простой текст без тегов

refusal-of-the-game = Игра сейчас этого не позволяет.
internal_error = У нас что-то сломалось. Ничего не потеряно; мы это записали.
invariant_broken = У нас что-то сломалось. Ничего не потеряно; мы это записали.
malformed_action = Эта кнопка больше не работает. Откройте экран заново: /gear
unauthenticated = Бота сейчас не пускают в игру. Его хозяин должен посмотреть, в чём дело.
forbidden = Боту это не разрешено.
not_owner = Это не ваш инвентарь. Ваш: /gear
route_not_found = Игра этого не знает. Хозяин бота должен посмотреть, в чём дело.
method_not_allowed = Игра этого не знает. Хозяин бота должен посмотреть, в чём дело.
body_too_large = Слишком много за один раз.
version_mismatch = Инвентарь успел измениться. Вот как он выглядит сейчас.
idempotency_key_reused = Это уже сделано.
idempotency_key_expired = Это было слишком давно.
character_not_found = Такого персонажа больше нет. Отправьте /start.
fact_missing = Игра не сообщила, можно ли это сейчас.
item_not_found = У вас больше нет такого предмета.
definition_unknown = Игра не знает такого предмета.
resource_unknown = Игра не знает такого баланса.
slot_incompatible = Сюда это не подходит.
already_equipped = Это уже надето там.
not_equipped = Это не надето.
requirements_not_met = Пока рано: { $missing }
bag_full = Нет места: нужно { $required }, свободно { $available }.
too_heavy = Слишком тяжело: { $required } кг при пределе { $available } кг.
container_unknown = Такого места нет.
container_incompatible = Там это хранить нельзя.
position_invalid = Это место занято, или его нет.
insufficient_items = Не хватает: нужно { $required }, есть { $available }.
insufficient_funds = Не хватает: нужно { $required }, есть { $available }.
wallet_full = Кошелёк полон: влезет ещё { $available }.
item_locked = Под замком. Сначала отоприте.
not_droppable = Это нельзя выбросить.
not_usable = Это нельзя использовать.
not_stackable = Эти две стопки не складываются.
quick_slot_unavailable = На поясе нет такой ячейки, или вещь в неё не ложится.
quarantined = Этот инвентарь проверяют, и менять его пока нельзя. Смотреть можно.
rate_limited = Не так быстро! Нажмите ещё раз.
session_unavailable = Игра сейчас недоступна. Ничего не потеряно: нажмите ещё раз.
vault_unavailable = Игра сейчас недоступна. Ничего не потеряно: нажмите ещё раз.
push_rejected = Игра не может это сохранить. Её хозяин должен посмотреть, в чём дело.
duplicate_item = Игра не может это сохранить. Её хозяин должен посмотреть, в чём дело.
shutting_down = Игра перезапускается. Нажмите ещё раз через мгновение.
