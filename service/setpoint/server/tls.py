"""The certificate: looked at before anything is served."""

import ssl

from setpoint.settings import InvalidSetting, Settings


def checked(settings: Settings) -> None:
    """Whether it can be used, where there is one.

    Raises:
        InvalidSetting: it or its key can't be read, or they do not belong together.
    """
    if settings.tls_cert is None:
        return
    try:
        # A key with a passphrase would ask for it on the terminal: with an empty one it is refused.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except (OSError, ValueError) as error:
        files = f"{settings.tls_cert} and {settings.tls_key}"
        raise InvalidSetting(
            f"{files} are no certificate and its key, in PEM and without a passphrase: {error}."
        ) from error
