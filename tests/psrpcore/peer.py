"""psrpcore in a process of its own. It runs the Python that it is given: one JSON object a line in ({"run": statements} or
{"value": expression}), one a line out ({"ok": value} or {"error": text})."""

import enum
import json
import sys
import traceback
import uuid

import psrpcore
import psrpcore.types as types
from psrpcore import (
    ClientGetCommandMetadata,
    ClientHostResponder,
    ClientPowerShell,
    ClientRunspacePool,
    PSRPPayload,
    ServerHostRequestor,
    ServerPipeline,
    ServerRunspacePool,
    StreamType,
)


def take(pool):
    """Everything that a pool has to send: [pipeline or null, is a host message, bytes in hex]."""
    pieces = []
    while True:
        payload = pool.data_to_send(32_789)
        if payload is None:
            return pieces
        pipeline = str(payload.pipeline_id) if payload.pipeline_id else None
        pieces.append([pipeline, payload.stream_type == StreamType.prompt_response, payload.data.hex()])


def give(pool, pipeline, data):
    """Gives a pool bytes of its peer, and tells what they mean."""
    pipeline = uuid.UUID(pipeline) if pipeline else None
    if pipeline and isinstance(pool, ServerRunspacePool) and pipeline not in pool.pipeline_table:
        ServerPipeline(pool, pipeline)
    pool.receive_data(PSRPPayload(bytes.fromhex(data), StreamType.default, pipeline))
    events = []
    while True:
        event = pool.next_event()
        if event is None:
            return [describe(event) for event in events]
        events.append(event)


def describe(event):
    fields = {
        name: plain(getattr(event, name))
        for name in dir(type(event))
        if isinstance(getattr(type(event), name), property)
    }
    fields["type"] = type(event).__name__.removesuffix("Event")
    fields["object"] = plain(event._ps_object)
    return fields


def plain(value):
    """A value as JSON."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, types.PSSecureString):
        return {"secret": value.decrypt()}
    if isinstance(value, types.PSCredential):
        return {"user": str(value.UserName), "password": value.Password.decrypt()}
    if isinstance(value, types.ErrorRecord):
        info = value.CategoryInfo
        return {
            "message": plain(value.Exception.Message),
            "id": plain(value.FullyQualifiedErrorId),
            "category": info.Category.name,
            "activity": plain(info.Activity),
            "reason": plain(info.Reason),
            "target": plain(value.TargetObject),
            "details": plain(value.ErrorDetails.Message) if value.ErrorDetails else None,
        }
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, types.PSChar):
        return {"char": ord(str(value))}
    if isinstance(value, (str, types.PSString, types.PSVersion, types.PSGuid, uuid.UUID)):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, types.PSObject):
        names = [p.name for p in value.PSObject.extended_properties] + [p.name for p in value.PSObject.adapted_properties]
        return {name: plain(value[name]) for name in names}
    return repr(value)


def main():
    scope = dict(globals())
    scope.update({name: getattr(types, name) for name in dir(types) if not name.startswith("_")})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "run" in request:
                exec(request["run"], scope)
                answer = {"ok": None}
            else:
                answer = {"ok": plain(eval(request["value"], scope))}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
