"""Where the service is, and which token it is shown."""

from pathlib import Path

import pytest

from setpoint.client.locate import locate
from setpoint.client.place import Place
from setpoint.settings import InvalidSetting


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a service's own token in it."""
    (tmp_path / "token").write_text("of-the-folder\n")
    return tmp_path


def test_an_argument_counts_before_the_environment() -> None:
    environ = {"SETPOINT_URL": "http://there:1", "SETPOINT_TOKEN": "theirs"}

    assert locate("http://here:2/", "mine", environ) == Place("http://here:2", "mine")
    assert locate(environ=environ) == Place("http://there:1", "theirs")


def test_nothing_said_is_this_machine_at_the_usual_port() -> None:
    assert locate(environ={"HOME": "/nowhere"}) == Place("http://127.0.0.1:8321", None)


def test_the_settings_of_a_service_lead_to_it() -> None:
    environ = {"HOME": "/nowhere", "SETPOINT_HOST": "0.0.0.0", "SETPOINT_PORT": "9000"}

    assert locate(environ=environ).url == "http://127.0.0.1:9000"
    assert locate(environ={**environ, "SETPOINT_HOST": "::1"}).url == "http://[::1]:9000"


def test_the_services_own_settings_are_no_concern_of_a_client() -> None:
    assert locate(environ={"HOME": "/nowhere", "SETPOINT_DATABASE_URL": "mysql://"}).url == "http://127.0.0.1:8321"


def test_a_token_may_lie_in_a_file(data: Path) -> None:
    (data / "mine").write_text("in-a-file\n")

    assert locate("http://there:1", environ={"SETPOINT_TOKEN_FILE": str(data / "mine")}).token == "in-a-file"


def test_the_token_in_the_data_folder_is_found_for_this_machine(data: Path) -> None:
    environ = {"SETPOINT_DATA": str(data)}

    assert locate(environ=environ).token == "of-the-folder"
    assert locate("http://localhost:9000", environ=environ).token == "of-the-folder"
    assert locate("http://[::1]:9000", environ=environ).token == "of-the-folder"


def test_the_token_in_the_data_folder_is_shown_to_no_other_machine(data: Path) -> None:
    assert locate("http://elsewhere:8321", environ={"SETPOINT_DATA": str(data)}).token is None


def test_a_token_of_another_user_is_none(data: Path) -> None:
    (data / "token").unlink()
    (data / "token").mkdir()

    assert locate(environ={"SETPOINT_DATA": str(data)}).token is None


def test_a_token_is_not_shown_where_a_place_is_printed() -> None:
    assert "secret" not in repr(Place("http://here:1", "secret"))


@pytest.mark.parametrize(
    "url", ["localhost:8321", "ftp://here", "http://", "http://user:pass@here", "http://here/?a=1", "http://here:x"]
)
def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(InvalidSetting, match="say it as http://"):
        locate(url, environ={})


def test_an_empty_token_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="SETPOINT_TOKEN is empty"):
        locate(environ={"SETPOINT_TOKEN": ""})
