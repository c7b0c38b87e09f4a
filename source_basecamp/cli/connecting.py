"""The steps of a login, in the order in which the least is lost if one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pendulum
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.accounts import LoginAccount
from source_basecamp.cli import pages
from source_basecamp.cli.browser import has_browser, open_browser
from source_basecamp.cli.choice import choose_account
from source_basecamp.cli.consent import Consent, DeclinedError, NoAnswerError
from source_basecamp.cli.credentials import Credentials, credentials
from source_basecamp.cli.errors import StoppedError, VerbError
from source_basecamp.cli.exchange import exchange, require_launchpad
from source_basecamp.cli.loopback import Arrival, Receiver, redirect_uri
from source_basecamp.cli.new_config import NewConfig
from source_basecamp.cli.pasted import pasted_code
from source_basecamp.cli.questions import can_ask
from source_basecamp.cli.screen import ERRORS

OPENING = "Opening your browser. If none appears, open this address in one on this machine:\n\n{address}\n"
OPEN_YOURSELF = (
    "Open this address in a browser on this machine (for a browser elsewhere, use --no-browser):\n\n{address}\n"
)
WAITING = "Waiting for your answer there, for {time}. Ctrl-C stops."
FOREIGN = "Refused an answer that belongs to another login (wrong state). Still waiting for the right one."
NO_ANSWER = (
    "No answer came from the browser in {time}, so nothing was connected. Run `source-basecamp login` again. If the "
    "browser showed an error, compare the client ID and the redirect URI, which has to be exactly {redirect_uri}, with "
    "your integration at https://launchpad.37signals.com/integrations. If the browser is on another machine, use "
    "--no-browser."
)
NO_CODE = "Launchpad sent the browser back without a code. Run `source-basecamp login` again."
STOPPED = "The login was stopped in the terminal."

Show = Callable[[pages.Page], None]


@dataclass(frozen=True)
class Wishes:
    """What the command line says of a login."""

    account: int | None
    browser: bool
    port: int
    timeout: int
    """Seconds."""
    client_secret_file: Path | None


def connect(file: NewConfig, wishes: Wishes) -> LoginAccount:
    """Asks for consent, and writes the configuration of the account that can then be read.

    Raises an error with words for a person; then the file is as it was.
    """
    file.prepare()
    require_launchpad()
    uri = redirect_uri(wishes.port)
    if not wishes.browser or (can_ask() and not has_browser()):
        integration = credentials(file.present(), wishes.client_secret_file, uri)
        consent = Consent(integration.client_id, uri)
        code = pasted_code(consent, wishes.timeout)
        return _finish(code, consent, integration, file, wishes, lambda page: None)
    with Receiver(wishes.port, on_foreign=lambda: ERRORS.print(FOREIGN)) as receiver:
        integration = credentials(file.present(), wishes.client_secret_file, uri)
        consent = Consent(integration.client_id, uri)
        with receiver.listening(consent), _answered(receiver, consent, wishes.timeout) as arrival:
            code = consent.code_in(arrival.query)
            return _finish(code, consent, integration, file, wishes, arrival.reply)


@contextmanager
def _answered(receiver: Receiver, consent: Consent, seconds: int) -> Iterator[Arrival]:
    """Asks in the browser and waits for it to come back; an error inside is also told there."""
    time = pendulum.duration(seconds=seconds).in_words()
    opens = has_browser()
    words = OPENING if opens else OPEN_YOURSELF
    ERRORS.print(words.format(address=consent.address), soft_wrap=True, markup=False)
    if opens:
        open_browser(consent.address)
    ERRORS.print(WAITING.format(time=time))
    arrival = receiver.wait(seconds)
    if arrival is None:
        raise VerbError(NO_ANSWER.format(time=time, redirect_uri=consent.redirect_uri))
    try:
        yield arrival
    except DeclinedError:
        arrival.reply(pages.declined())
        raise
    except NoAnswerError as error:
        arrival.reply(pages.failed(NO_CODE))
        raise VerbError(NO_CODE) from error
    except StoppedError:
        arrival.reply(pages.failed(STOPPED))
        raise
    except Exception as error:
        arrival.reply(pages.failed(_reason(error)))
        raise


def _finish(
    code: str, consent: Consent, integration: Credentials, file: NewConfig, wishes: Wishes, show: Show
) -> LoginAccount:
    tokens = exchange(code, consent, integration)
    login = tokens.login()
    account = choose_account(
        login,
        wishes.account,
        file.present().get("account_id"),
        before_asking=lambda usable: show(pages.to_be_chosen(login.name, [each.name for each in usable])),
    )
    file.write(
        {
            "account_id": account.id,
            "client_id": integration.client_id,
            "client_secret": integration.client_secret,
            "client_refresh_token_2": tokens.refresh_token,
            "access_token": tokens.access_token,
            "token_expiry_date": tokens.ends_at.isoformat().replace("+00:00", "Z"),
        }
    )
    show(pages.connected(account.name, account.id, login.name, str(file.path)))
    return account


def _reason(error: Exception) -> str:
    """What the terminal says, where that is meant for people."""
    if isinstance(error, VerbError):
        return str(error)
    if isinstance(error, AirbyteTracedException) and error.message:
        return error.message
    return pages.SEE_TERMINAL
