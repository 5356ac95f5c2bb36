"""Discord's refusals: a status, a code, a sentence, and for forms a tree of what is wrong."""

from __future__ import annotations

from bot.rehearsal.world.messages import Json


class RefusedError(Exception):
    """A request is answered with an error object."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.payload: Json = {"message": message, "code": code}
        if errors:
            self.payload["errors"] = errors


UNAUTHORIZED = (401, 0, "401: Unauthorized")
UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
UNKNOWN_USER = (404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
TOO_LARGE = (413, 40005, "Request entity too large")
MISSING_ACCESS = (403, 50001, "Missing Access")
NOT_THE_AUTHOR = (403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
NOT_A_TEXT_CHANNEL = (400, 50008, "Cannot send messages in a non-text channel")
MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
TOO_FEW_OR_MANY = (400, 50016, "Provided too few or too many messages to delete.")
SYSTEM_MESSAGE = (403, 50021, "Cannot execute action on a system message")
INVALID_FORM = (400, 50035, "Invalid Form Body")
INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
ARCHIVED = (400, 50083, "Thread is archived")


def refused(reason: tuple[int, int, str], errors: Json | None = None) -> RefusedError:
    """Return the error to raise for a reason of this file."""
    status, code, message = reason
    return RefusedError(status, code, message, errors)
