"""The Telegram bot: an inventory in a chat. The only package that knows aiogram."""
