"""What pypsrp does to an endpoint: one function a story. Usage: STORY HTTP-PORT HTTPS-PORT PASSWORD"""

import sys
import time
import warnings

warnings.simplefilter("ignore")  # certificates that nobody signed

from pypsrp.client import Client
from pypsrp.complex_objects import ObjectMeta, PSInvocationState, RunspacePoolState
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

HTTP, HTTPS, PASSWORD = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
LATIN_PASSWORD = "Grüße, Leser 77"
NAME = "PrivilegedEndpoint"


def wsman(username="alice", password=PASSWORD, auth="negotiate", ssl=False, **more):
    port = HTTPS if ssl else HTTP
    if auth == "basic" and password == PASSWORD:
        username, password = username.lower().replace("alice", "carol"), LATIN_PASSWORD  # requests knows no other letters
    return WSMan("127.0.0.1", port=port, ssl=ssl, username=username, password=password, auth=auth,
                 cert_validation=False, read_timeout=30, **more)


def pool(connection=None, **more):
    return RunspacePool(connection or wsman(), configuration_name=NAME, **more)


def run(opened, command, **parameters):
    shell = PowerShell(opened)
    shell.add_cmdlet(command)
    for name, value in parameters.items():
        shell.add_parameter(name, value)
    return shell, shell.invoke()


def greets(opened, name="World"):
    assert run(opened, "Get-PepGreeting", Name=name)[1] == [f"Hello {name} (Low) 1"]


def refused(action, error):
    try:
        action()
    except error as refusal:
        return str(refusal)
    raise AssertionError(f"no {error.__name__}")


def open_and_greet(connection):
    with pool(connection) as opened:
        greets(opened)


def w_112_a_sealed_session_by_negotiate_and_by_raw_ntlm():
    for auth in ["negotiate", "ntlm"]:
        open_and_greet(wsman(auth=auth))


def w_112_https_by_negotiate_with_its_channel_binding_by_ntlm_and_by_basic():
    for auth in ["negotiate", "ntlm", "basic"]:
        open_and_greet(wsman(auth=auth, ssl=True))
    open_and_greet(wsman(ssl=True, negotiate_send_cbt=False))
    open_and_greet(wsman(ssl=True, encryption="always"))  # sealed inside TLS
    refused(lambda: open_and_greet(wsman(auth="basic", encryption="never")), AuthenticationError)


def bound_to_the_certificate_or_refused():
    open_and_greet(wsman(ssl=True))
    refused(lambda: open_and_greet(wsman(ssl=True, negotiate_send_cbt=False)), AuthenticationError)


def w_033_a_name_may_be_written_in_every_way():
    for name in ["alice", "ALICE", "SERVER01\\alice", "whatever\\Alice", "alice@server01", ".\\alice"]:
        open_and_greet(wsman(username=name))
        open_and_greet(wsman(username=name, auth="basic", ssl=True))


def w_030_a_wrong_password_and_an_unknown_name_are_refused_alike():
    told = set()
    for name, password in [("alice", "wrong"), ("nobody", LATIN_PASSWORD), ("alice", "x" * 1000)]:
        for auth, ssl in [("negotiate", False), ("ntlm", False), ("negotiate", True), ("basic", True)]:
            connection = wsman(username=name, password=password, auth=auth, ssl=ssl)
            told.add(refused(lambda: open_and_greet(connection), AuthenticationError).replace(name, "…").split(" with ")[0])
    assert len(told) == 1, told
    open_and_greet(wsman(username="bob"))


def every_stream_arrives_as_its_own():
    with pool() as opened:
        names = ["Output", "Error", "Warning", "Verbose", "Debug", "Information", "Progress"]
        shell, output = run(opened, "Write-PepStream", Stream=names, Verbose=True, Debug=True)
        streams = shell.streams
        assert output and shell.had_errors is not None
        counts = {name: len(getattr(streams, name)) for name in ["error", "warning", "verbose", "debug", "information", "progress"]}
        assert all(counts.values()), counts
        assert str(streams.error[0]) == "error text", streams.error
        assert shell.state == PSInvocationState.COMPLETED


class Answers(PSHostUserInterface):
    """A console whose user answers at once."""

    def __init__(self, lines=(), choice=0):
        super().__init__()
        self.lines, self.choice, self.asked, self.written = list(lines), choice, [], []

    def ReadLine(self, runspace, pipeline):
        self.asked.append("line")
        return self.lines.pop(0)

    def PromptForChoice(self, runspace, pipeline, caption, message, choices, default_choice):
        self.asked.append(message)
        return self.choice

    def WriteLine2(self, runspace, pipeline, value):
        self.written.append(value)


def host(ui):
    return PSHost(None, None, False, "stories", None, ui, "1.0")


def host_calls_are_answered():
    ui = Answers(lines=["typed"], choice=1)
    with pool(host=host(ui)) as opened:
        assert "typed" in run(opened, "Read-PepLine")[1][0]
        assert run(opened, "Select-PepChoice")[1] == ["picked 1"]
        assert run(opened, "Remove-PepThing", Name="x")[1] == ["removed x"]  # 1 is Yes to All
        assert ui.asked[0] == "line" and "Remove thing" in ui.asked[-1], ui.asked


def a_stop_ends_a_long_command_and_the_session_goes_on():
    with pool() as opened:
        shell = PowerShell(opened)
        shell.add_cmdlet("Start-PepTask").add_parameter("Seconds", 60.0)
        shell.begin_invoke()
        began = time.monotonic()
        shell.stop()
        assert shell.state == PSInvocationState.STOPPED, shell.state
        assert time.monotonic() - began < 10
        greets(opened, "again")


def objects_of_every_kind_come_back_as_they_went():
    with pool() as opened:
        values = [True, -5, 2147483647, 2.5, "text\r\n with _x0041_ and \U0001f600", "", None]
        for value in values:
            shell, output = run(opened, "Test-PepValue", **({"Any": value} if value is not None else {}))
            assert not shell.had_errors, (value, [str(error) for error in shell.streams.error])
        for kind in ["Scalars", "Nested", "Table3", "Typed", "Hash", "Mixed", "Class", "Unicode"]:
            shell, output = run(opened, "Get-PepObject", Kind=kind)
            assert output and not shell.had_errors, kind


def input_is_streamed_in_and_output_out():
    with pool() as opened:
        shell = PowerShell(opened)
        shell.add_cmdlet("Measure-PepInput")
        output = shell.invoke([str(n) for n in range(500)])
        assert len(output) >= 500, len(output)


def large_input_and_output_travel_in_many_envelopes():
    with pool() as opened:
        large = "é" * 1_500_000
        assert run(opened, "Get-PepGreeting", Name=large)[1] == [f"Hello {large} (Low) 1"]
        shell, output = run(opened, "Get-PepGreeting", Name="x" * 40_000, Count=100)
        assert len(output) == 100 and all(len(line) > 40_000 for line in output)


def secure_strings_travel_both_ways():
    with pool() as opened:
        opened.exchange_keys()
        secret = opened.serialize("hunter2-secret", ObjectMeta("SS"))
        shell, output = run(opened, "New-PepUser", UserName="joe", Password=secret, Quota=3)
        assert output[0].adapted_properties.get("PasswordLength", output[0].extended_properties.get("PasswordLength")) == 14
        shell, output = run(opened, "Get-PepSecret")
        assert output, "a secret comes back"


def a_session_is_left_and_taken_up_again():
    with pool() as opened:
        greets(opened)
        opened.disconnect()
        assert opened.state == RunspacePoolState.DISCONNECTED
        opened.connect()
        greets(opened, "again")


def leave_a_session_with_a_running_command():
    opened = pool()
    opened.open()
    shell = PowerShell(opened)
    shell.add_cmdlet("Start-PepTask").add_parameter("Seconds", 1.0)
    shell.begin_invoke()
    opened.disconnect()


def take_the_session_over():
    found = RunspacePool.get_runspace_pools(wsman())
    assert len(found) == 1, found
    taken = found[0]
    taken.shell.resource_uri = f"http://schemas.microsoft.com/powershell/{NAME}"  # pypsrp takes the name of Windows' own for granted
    taken.connect()
    commands = taken.create_disconnected_power_shells()
    assert len(commands) == 1, commands
    output = commands[0].connect()
    assert output[-1] == "task done", output
    greets(taken, "taken")
    taken.close()


def find_no_session_of_others():
    assert RunspacePool.get_runspace_pools(wsman(username="bob")) == []


def a_third_session_is_over_the_quota():
    with pool() as first, pool() as second:
        fault = refused(lambda: pool().open(), WSManFaultError)
        assert "2150859173" in fault, fault
        with pool(wsman(username="bob")) as other:
            greets(other)
    with pool() as again:
        greets(again)


def another_configuration_is_not_there():
    other = RunspacePool(wsman(), configuration_name="Microsoft.PowerShell")
    fault = refused(other.open, WSManFaultError)
    assert "2150858811" in fault, fault
    anycase = RunspacePool(wsman(), configuration_name="pRIVILEGEDeNDPOINT")
    with anycase as opened:
        greets(opened)


def scripts_are_refused():
    with pool() as opened:
        for script in ["$x = 1", "Get-PepGreeting a | % { $_ }", "1 + 1"]:
            shell = PowerShell(opened)
            shell.add_script(script)
            shell.invoke()
            assert shell.state == PSInvocationState.FAILED
            assert "ScriptsNotAllowed" in shell.streams.error[0].fq_error, shell.streams.error[0].fq_error
        greets(opened)


def the_high_level_client_runs_no_script():
    client = Client("127.0.0.1", port=HTTP, ssl=False, username="alice", password=PASSWORD, auth="negotiate")
    output, streams, had_errors = client.execute_ps("Get-PepGreeting World", configuration_name=NAME)
    assert had_errors and "Invoke-Expression" in streams.error[0].message, streams.error[0].message
    refused(lambda: client.execute_cmd("dir"), WSManFaultError)


def two_pipelines_run_side_by_side_when_the_pool_allows():
    with pool(max_runspaces=2) as opened:
        slow = PowerShell(opened)
        slow.add_cmdlet("Start-PepTask").add_parameter("Seconds", 3.0)
        slow.begin_invoke()
        began = time.monotonic()
        greets(opened, "quick")
        assert time.monotonic() - began < 2
        assert slow.end_invoke()[-1] == "task done"


globals()[sys.argv[1]]()
print("told")
