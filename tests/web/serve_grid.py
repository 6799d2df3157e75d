# SPDX-License-Identifier: GPL-3.0-or-later
"""A real grid for the browser's tests: prints one line of JSON about it, obeys lines of JSON on standard input, ends with it.

Commands: {"do": "agent", "name": N}, {"do": "stop", "name": N}, {"do": "kill", "name": N}, {"do": "server"}, {"do": "memory", "name": N}, {"do": "hearth", "arguments": [...]}.
Each is answered by one line: {"ok": true, ...} or {"ok": false, "error": "..."}.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from grid import Failed, Grid  # noqa: E402


def obey(grid, order):
    what = order["do"]
    if what == "agent":
        grid.add_agent(order["name"])
    elif what == "stop":
        grid.stop(order["name"])
    elif what == "kill":
        grid.kill(order["name"])
    elif what == "memory":
        status = pathlib.Path(f"/proc/{grid.processes[order['name']].pid}/status").read_text(encoding="utf-8")
        return {"peakBytes": int(status.split("VmHWM:")[1].split()[0]) * 1024}
    elif what == "server":
        grid.start_server()
    elif what == "hearth":
        done = grid.hearth(*order["arguments"], check=False)
        return {"code": done.returncode, "out": done.stdout, "err": done.stderr}
    else:
        raise ValueError(f"unknown order {what!r}")
    return {}


def say(answer):
    print(json.dumps(answer), flush=True)


def main():
    settings = json.loads(sys.argv[1])
    with Grid(settings.get("settings", "")) as grid:
        if settings.get("about"):
            file = grid.data / "hearthd.toml"
            file.write_text(file.read_text().replace("# about = ''", f"about = {json.dumps(settings['about'])}"))
        grid.start_server()
        grid.login()
        for number in range(settings.get("agents", 0)):
            grid.add_agent(f"agent{number + 1}")
        say({"url": f"https://127.0.0.1:{grid.port}", "told": grid.told, "folder": str(grid.folder)})
        for line in sys.stdin:
            try:
                say({"ok": True, **obey(grid, json.loads(line))})
            except (Failed, ValueError, KeyError, AssertionError) as error:
                say({"ok": False, "error": str(error)})


main()
