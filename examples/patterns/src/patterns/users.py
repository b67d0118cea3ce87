"""Stands for a database of somebody else: the actors only know these calls."""

from ._generated.types import Profile


class Users:
    """The users of the company."""

    def __init__(self) -> None:
        self.emails: dict[str, str] = {}
        self.reads = 0

    async def find(self, user_id: str) -> Profile:
        self.reads += 1
        email = self.emails.setdefault(user_id, f"{user_id}@example.com")
        return Profile(name=user_id.title(), email=email)

    async def insert(self, user_id: str, email: str) -> None:
        self.emails[user_id] = email

    async def update_email(self, user_id: str, email: str) -> None:
        self.emails[user_id] = email


USERS = Users()
