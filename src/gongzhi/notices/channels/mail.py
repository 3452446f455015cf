"""E-mail through the server that the settings name.

The Message-ID is made from the message's key, so that a second copy can be told from a second message; servers do not
promise to drop it, so ``once`` is False.
"""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from gongzhi.notices.channels import LATER, REFUSED, SENT, Letter, Outcome


class Mail:
    """Django's mail, with the headers by which a reader gets rid of us in one click (RFC 8058)."""

    once = False

    def ready(self) -> bool:
        return bool(settings.EMAIL_HOST)

    def send(self, letter: Letter) -> Outcome:
        host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
        headers = {
            "Message-ID": f"<{letter.key}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": letter.language or settings.LANGUAGE_CODE,
        }
        begun = [f"<{letter.begun}@{host}>"] if letter.begun else []
        before = [one for one in (letter.answers, *begun) if one]
        if before:  # RFC 5322, 3.6.4
            headers["In-Reply-To"], headers["References"] = before[-1], " ".join(before)
        body = letter.body
        with override(letter.language or None):
            if letter.url:
                body += f"\n\n{letter.url}"
            if letter.stop:
                headers["List-Unsubscribe"] = f"<{letter.stop}>"
                headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
                body += "\n\n-- \n" + _("不想再收这类邮件：") + letter.stop
        mail = EmailMessage(letter.subject, body, None, [letter.address], headers=headers)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as fault:
            codes = [code for code, _words in fault.recipients.values()]
            return Outcome(REFUSED, "address") if all(c >= 500 for c in codes) else Outcome(LATER, "busy")
        except smtplib.SMTPResponseException as fault:
            if isinstance(fault, smtplib.SMTPAuthenticationError):
                return Outcome(LATER, "no_channel")
            return Outcome(REFUSED, "refused") if fault.smtp_code >= 500 else Outcome(LATER, "busy")
        except (OSError, smtplib.SMTPException):
            return Outcome(LATER, "down")
        return Outcome(SENT)
