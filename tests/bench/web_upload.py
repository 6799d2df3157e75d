# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure web_upload: 2 GB by tus (one creation, one PATCH) over TLS to hearthd, and the same file to nginx with TLS (WebDAV PUT), in turns.

Prints one JSON object a line. Of hearthd also the most memory that the process ever held above what it held before the uploads.
HEARTH_UPLOAD_MIB makes it smaller (a smoke test).
"""

import json
import os
import pathlib
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from grid import Grid, free_port  # noqa: E402

MIB = int(os.environ.get("HEARTH_UPLOAD_MIB", "2048"))
ROUNDS = 3
INSECURE = ssl._create_unverified_context()


def curl(*arguments):
    """Seconds that the transfer took, by curl itself; fails on any answer but success."""
    done = subprocess.run(["curl", "-sS", "-k", "--noproxy", "*", "--fail", "--http1.1", "-o", "/dev/null", "-w", "%{time_total}", *map(str, arguments)],
                          check=True, capture_output=True, text=True, timeout=600)
    return float(done.stdout)


def memory_kib(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise AssertionError(name)


def nginx_configuration(folder, port, grid):
    text = f"""
daemon off; worker_processes 1; error_log {folder}/error.log; pid {folder}/pid; user root;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/temp; client_max_body_size 0;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.3;
    location / {{ root {folder}/files; dav_methods PUT; }} }} }}
"""
    (folder / "nginx.conf").write_text(text)
    (folder / "files").mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bench",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder / "nginx.conf"


def create_upload(grid, size):
    request = urllib.request.Request(f"https://127.0.0.1:{grid.port}/api/v1/uploads", method="POST", headers={
        "Authorization": f"Bearer {grid.told['adminToken']}", "Tus-Resumable": "1.0.0", "Upload-Length": str(size)})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=INSECURE))
    with opener.open(request, timeout=30) as answer:
        return answer.headers["Location"]


def to_hearth(grid, file):
    place = create_upload(grid, file.stat().st_size)
    url = place if place.startswith("https:") else f"https://127.0.0.1:{grid.port}{place}"
    headers = [f"Authorization: Bearer {grid.told['adminToken']}", "Tus-Resumable: 1.0.0", "Upload-Offset: 0",
               "Content-Type: application/offset+octet-stream", "Expect:"]
    seconds = curl("-X", "PATCH", "-T", file, *[part for header in headers for part in ("-H", header)], url)
    subprocess.run(["curl", "-sS", "-k", "--noproxy", "*", "-X", "DELETE", "-H", headers[0], "-H", headers[1], url], check=True, capture_output=True)
    return seconds


def main():
    with Grid() as grid, tempfile.TemporaryDirectory(prefix="hearth-bench-") as name:
        folder = pathlib.Path(name)
        grid.start_server()
        server = grid.processes["server"].pid
        port = free_port()
        nginx = grid.start("nginx", ["nginx", "-c", nginx_configuration(folder, port, grid)])
        grid.until(lambda: (folder / "pid").exists() or nginx.poll() is not None, 20, "nginx runs")
        file = folder / "input.bin"
        subprocess.run(["dd", "if=/dev/urandom", f"of={file}", "bs=1M", f"count={MIB}", "status=none"], check=True)
        before = memory_kib(server, "VmRSS")
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(curl("-T", file, "-H", "Expect:", f"https://127.0.0.1:{port}/input.bin"))
            (folder / "files" / "input.bin").unlink()
            ours.append(to_hearth(grid, file))
        peak = memory_kib(server, "VmHWM") - before
        rate = MIB / statistics.median(ours)
        print(json.dumps({"figure": "web_upload", "mebibytes": MIB, "hearthd_mib_per_second": round(rate, 1),
                          "nginx_mib_per_second": round(MIB / statistics.median(theirs), 1),
                          "ratio": round(statistics.median(theirs) / statistics.median(ours), 3),
                          "ratios": [round(b / a, 3) for a, b in zip(ours, theirs)], "peak_memory_mib": round(peak / 1024, 1), "at": time.strftime("%F")}))


main()
