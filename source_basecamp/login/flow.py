"""A login from the first check to the written file, in the order in which a failure costs a person least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pendulum
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.config import normalised
from source_basecamp.launchpad import Login, LoginAccount, find_account
from source_basecamp.login import pages
from source_basecamp.login.browser import has_browser, open_browser
from source_basecamp.login.credentials import Credentials, credentials
from source_basecamp.login.loopback import BrowserAnswer, Receiver, redirect_uri
from source_basecamp.login.new_config import NewConfig
from source_basecamp.login.oauth import Consent, DeclinedError, NoAnswerError, exchange, require_launchpad
from source_basecamp.login.pasted import pasted_code
from source_basecamp.process import CommandError, StoppedError
from source_basecamp.product import CLASSIC, product_of
from source_basecamp.terminal import ERRORS, can_ask, choose, print_table

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
NONE_USABLE = (
    "This login has no account that can be read: the connector reads Basecamp 3, 4 and 5, and Basecamp Classic. Sign "
    "in at https://launchpad.37signals.com as a user of such an account, and run `source-basecamp login` again."
)
NOT_USABLE = (
    "Account {wanted} is not among the accounts of this login that can be read: {usable}. Run `source-basecamp login` "
    "again with one of these as --account, or sign in as a user of account {wanted}."
)
_CHOOSE_BY_OPTION = "Run `source-basecamp login` again, and name one with --account: {usable}."

ShowPage = Callable[[pages.Page], None]
"""Shows a page in the browser, if that is on this machine."""


@dataclass(frozen=True)
class LoginOptions:
    """The options of `source-basecamp login`."""

    account: int | None
    browser: bool
    port: int
    timeout: int
    """Seconds."""
    client_secret_file: Path | None


def connect(file: NewConfig, options: LoginOptions) -> LoginAccount:
    """Asks for consent, chooses an account, and writes its configuration. Returns the account.

    Raises a CommandError or an AirbyteTracedException, both with a message for a person, and leaves the file unchanged.
    """
    file.prepare()
    require_launchpad()
    uri = redirect_uri(options.port)
    if not options.browser or (can_ask() and not has_browser()):
        integration = credentials(file.present(), options.client_secret_file, uri)
        consent = Consent(integration.client_id, uri)
        code = pasted_code(consent, options.timeout)
        return _write_account(code, consent, integration, file, options, lambda page: None)
    with Receiver(options.port, on_foreign=lambda: ERRORS.print(FOREIGN)) as receiver:
        integration = credentials(file.present(), options.client_secret_file, uri)
        consent = Consent(integration.client_id, uri)
        with receiver.listening(consent), _answer_in_browser(receiver, consent, options.timeout) as answer:
            code = consent.code_in(answer.query)
            return _write_account(code, consent, integration, file, options, answer.reply)


@contextmanager
def _answer_in_browser(receiver: Receiver, consent: Consent, seconds: int) -> Iterator[BrowserAnswer]:
    """Asks for consent in the browser and waits for its answer. An error in the `with` block is also shown there."""
    time = pendulum.duration(seconds=seconds).in_words()
    opens = has_browser()
    request = OPENING if opens else OPEN_YOURSELF
    ERRORS.print(request.format(address=consent.address), soft_wrap=True, markup=False)
    if opens:
        open_browser(consent.address)
    ERRORS.print(WAITING.format(time=time))
    answer = receiver.wait(seconds)
    if answer is None:
        raise CommandError(NO_ANSWER.format(time=time, redirect_uri=consent.redirect_uri))
    try:
        yield answer
    except DeclinedError:
        answer.reply(pages.declined())
        raise
    except NoAnswerError as error:
        answer.reply(pages.failed(NO_CODE))
        raise CommandError(NO_CODE) from error
    except StoppedError:
        answer.reply(pages.failed(STOPPED))
        raise
    except Exception as error:
        answer.reply(pages.failed(_message_of(error)))
        raise


def _write_account(
    code: str, consent: Consent, integration: Credentials, file: NewConfig, options: LoginOptions, show: ShowPage
) -> LoginAccount:
    tokens = exchange(code, consent, integration)
    login = tokens.login()
    account = choose_account(
        login,
        options.account,
        file.present(),
        before_asking=lambda usable: show(pages.to_be_chosen(login.name, [each.name for each in usable])),
    )
    file.write(
        {
            "account_id": account.id,
            **({"product": CLASSIC} if account.edition == CLASSIC else {}),
            "client_id": integration.client_id,
            "client_secret": integration.client_secret,
            "client_refresh_token_2": tokens.refresh_token,
            "access_token": tokens.access_token,
            "token_expiry_date": tokens.ends_at.isoformat().replace("+00:00", "Z"),
        }
    )
    show(pages.connected(account.name, account.id, login.name, str(file.path)))
    return account


def _message_of(error: Exception) -> str:
    """The message that the terminal shows, unless the error is unexpected."""
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, AirbyteTracedException) and error.message:
        return error.message
    return pages.SEE_TERMINAL


def choose_account(
    login: Login, wanted: int | None, present: Mapping[str, Any], before_asking: Callable[[list[LoginAccount]], None]
) -> LoginAccount:
    """The account of the id `wanted`, or else the only one that can be read, or else the one that a person chooses.

    `present` is the present configuration, whose account Enter chooses, and whose product goes first where two have
    an account of the id. Raises a CommandError where no account can be read, and where nobody can be asked.
    """
    usable = [account for account in login.accounts if account.readable]
    if not usable or len(login.accounts) > 1:
        _print_accounts(login, usable)
    if not usable:
        raise CommandError(NONE_USABLE)
    names = ", ".join(map(str, usable))
    product = product_of(present)
    if wanted is not None:
        named = find_account(wanted, usable, product)
        if named is None:
            raise CommandError(NOT_USABLE.format(wanted=wanted, usable=names))
        return named
    # Where nobody can be asked, an account of Basecamp Classic is read only by those who name it.
    alone = usable if can_ask() else [account for account in usable if account.edition == product] or usable
    if len(alone) == 1:
        return alone[0]
    before_asking(usable)
    connected = find_account(normalised(present).get("account_id"), usable, product)
    before = usable.index(connected) + 1 if connected else None
    number = choose(
        "Account to read", len(usable), before, "the account to read", _CHOOSE_BY_OPTION.format(usable=names)
    )
    return usable[number - 1]


def _print_accounts(login: Login, usable: list[LoginAccount]) -> None:
    rows = [(str(number), each.name, each.id, each.product_name) for number, each in enumerate(usable, 1)]
    rows += [("-", each.name, each.id, str(each.why_not)) for each in login.accounts if not each.readable]
    print_table(("", "account", "id", "product"), rows, right=("", "id"), screen=ERRORS)
