"""The files of the packages, and the findings of the distributions' checkers."""
import re
from pathlib import Path

import pytest

from conftest import BUILD, MODULE, MULTIARCH, PLUGIN, SOURCE, changelog, said

DOC = "usr/share/doc"
FILES = {
    PLUGIN: [
        "etc/apparmor.d/abstractions/libvirt-cmdqv",
        "etc/libvirt/cmdqv.conf",
        "etc/libvirt/hooks/qemu.d/50-cmdqv",
        f"usr/lib/{MULTIARCH}/libvirt-cmdqv.so",
        "usr/lib/libvirt/libvirt-cmdqv-hook",
        "usr/lib/systemd/system/libvirtd.service.d/50-cmdqv.conf",
        "usr/lib/systemd/system/virtqemud.service.d/50-cmdqv.conf",
        f"{DOC}/{PLUGIN}/NEWS.Debian.gz",
        f"{DOC}/{PLUGIN}/README.md.gz",
        f"{DOC}/{PLUGIN}/SECURITY.md.gz",
        f"usr/share/lintian/overrides/{PLUGIN}",
        "usr/share/libvirt-cmdqv/anchors.rng",
        "usr/share/man/man5/cmdqv.conf.5.gz",
        "usr/share/man/man7/libvirt-cmdqv-rules.7.gz",
        "usr/share/man/man7/libvirt-cmdqv.7.gz",
        "usr/share/selinux/packages/libvirt-cmdqv.cil",
    ],
    "virt-cmdqv": [
        "usr/bin/virt-cmdqv",
        "usr/lib/systemd/system/virt-cmdqv-metrics.service",
        "usr/lib/systemd/system/virt-cmdqv-metrics.timer",
        "usr/share/bash-completion/completions/virt-cmdqv",
        "usr/share/fish/vendor_completions.d/virt-cmdqv.fish",
        "usr/share/man/man1/virt-cmdqv.1.gz",
        "usr/share/zsh/vendor-completions/_virt-cmdqv",
    ],
}
# Files that every Debian package has, and the manual in HTML.
OF_EACH = re.compile(rf"{DOC}/[^/]+/(copyright|changelog(\.Debian)?\.gz)|{DOC}/libvirt-cmdqv/(?:(?:reports/)?[\w.-]+\.html|anchor\.svg|examples/[\w-]+\.xml)|{DOC}-base/.*")
# Files that only Debian's have (the rpm is built here without SELinux's module), those that only rpm's have, and the folders of the latter.
OF_DEBIAN = re.compile(rf"etc/apparmor\.d/|usr/share/lintian/|usr/share/selinux/|{DOC}/")
OF_RPM = re.compile("/usr/lib/.build-id|/usr/share/(licenses|doc)/|.*(/qemu.d|/libvirt-cmdqv|service.d)$")
CONFFILES = {"/etc/apparmor.d/abstractions/libvirt-cmdqv", "/etc/libvirt/cmdqv.conf", "/etc/libvirt/hooks/qemu.d/50-cmdqv"}


def as_in_rpm(name):
    """The path in Fedora of a file in Debian."""
    return f"/{name}".replace(f"/lib/{MULTIARCH}/", "/lib64/").replace("/lib/libvirt/", "/libexec/").replace("/vendor-completions/", "/site-functions/")


@pytest.mark.parametrize("package", [*FILES, "libvirt-cmdqv-doc"])
def test_files(debs, package):
    """Each package has the files that it should, and no other."""
    files = sorted(line.split(maxsplit=5)[5].removeprefix("./") for line in said("dpkg-deb", "-c", debs[package]).splitlines()
                   if not line.startswith("d"))
    assert [name for name in files if not OF_EACH.fullmatch(name)] == sorted(FILES.get(package, []))


def test_manual_pages_are_whole(debs):
    """Every page of docs/ is in one of the packages: a manual page, or in HTML."""
    inside = "".join(said("dpkg-deb", "-c", debs[package]) for package in [*FILES, "libvirt-cmdqv-doc"])
    missing = [path.stem for path in (SOURCE / "docs").rglob("*.rst")
               if f"/{path.stem}.html" not in inside and not re.search(rf"/man\d/{path.stem}\.\d\.gz", inside)]
    assert not missing


def test_conffiles(debs):
    """An operator's changes outlive upgrades."""
    said("dpkg-deb", "-e", debs[PLUGIN], BUILD / "control")
    assert set((BUILD / "control" / "conffiles").read_text().split()) == CONFFILES


def test_the_tool_has_libvirt(debs):
    """It loads the library when it needs it (tools/lazy_libvirt.c), so that no ELF header tells."""
    assert "libvirt0 (>= 8.2)" in said("dpkg-deb", "-f", debs["virt-cmdqv"], "Depends").strip().split(", ")


@pytest.mark.parametrize("shell, path", [("bash", "bash-completion/completions/virt-cmdqv"), ("zsh", "zsh/vendor-completions/_virt-cmdqv"),
                                         ("fish", "fish/vendor_completions.d/virt-cmdqv.fish")])
def test_completion(debs, tmp_path, shell, path):
    """A real shell completes each command, option and value of the packaged tool, by the packaged file."""
    said("dpkg-deb", "-x", debs["virt-cmdqv"], tmp_path)
    out = said("python3", "-B", SOURCE / "tests/completion/completiontest.py", "--shell", shell, tmp_path / "usr/bin/virt-cmdqv",
               tmp_path / "usr/share" / path)
    assert re.search(r"^1\.\.[1-9]", out, re.MULTILINE) and "not ok" not in out, out


def test_nothing_restarts_a_daemon(debs):
    """Of the scripts that run when the package is installed, upgraded or removed, none starts, stops or restarts anything."""
    said("dpkg-deb", "-e", debs[PLUGIN], BUILD / "control")
    for name in ("preinst", "postinst", "prerm", "postrm"):
        script = BUILD / "control" / name
        commands = [line for line in (script.read_text() if script.exists() else "").splitlines()
                    if re.search(r"\b(systemctl|service|invoke-rc\.d|deb-systemd-invoke|kill)\b", line) and "echo" not in line]
        assert all(line.strip().startswith("systemctl --system daemon-reload") for line in commands), (name, commands)


def test_upgrade_keeps_the_timer(debs, tmp_path):
    """The operator has enabled the timer of the metrics: an upgrade does not stop it, but restarts it if it runs."""
    said("dpkg-deb", "-e", debs["virt-cmdqv"], tmp_path / "control")
    scripts = {path.name: path.read_text() for path in (tmp_path / "control").iterdir()}
    assert "stop" not in scripts.get("preinst", "")
    assert re.search("deb-systemd-invoke try-restart .*virt-cmdqv-metrics.timer", scripts["postinst"])
    assert re.search(r'"\$1" = remove \].*\n.*deb-systemd-invoke stop .*virt-cmdqv-metrics.timer', scripts["prerm"])


def test_profile(tmp_path):
    """The daemon's own profile lets the module and the hook do their work, and compiles with our part of it included."""
    profile = Path("/etc/apparmor.d/usr.sbin.libvirtd").read_text()
    rules = [" ".join(line.split()) for line in profile.splitlines()]
    assert {"/** rwmkl,", "/etc/libvirt/hooks/** rmix,", "/usr/lib/libvirt/* PUxr,"} <= set(rules)
    denied = [rule.split()[2] for rule in rules if rule.startswith("audit deny ")]
    assert denied and not any(re.match("/etc/libvirt|/usr/lib/|/run|/proc|/sys/(bus|class|devices|firmware)", path) for path in denied)


@pytest.mark.parametrize("name", ["libvirtd", "virtqemud"])
@pytest.mark.parametrize("lenient", [True, False], ids=["libvirt's", "stricter"])
def test_profile_compiles(debs, tmp_path, name, lenient):
    """AppArmor compiles the daemon's profile with our part in it."""
    said("dpkg-deb", "-x", debs[PLUGIN], tmp_path)
    rules = Path("/etc/apparmor.d/usr.sbin.libvirtd").read_text() if lenient else (
        "#include <tunables/global>\nprofile libvirtd /usr/sbin/libvirtd {\n  include <abstractions/base>\n"
        "  include if exists <local/usr.sbin.libvirtd>\n}\n")
    (tmp_path / "profile").write_text(rules.replace("sbin/libvirtd", f"sbin/{name}").replace("profile libvirtd", f"profile {name}")
                                      .replace("local/usr.sbin.libvirtd", f"local/usr.sbin.{name}"))
    local = tmp_path / "etc/apparmor.d/local" / f"usr.sbin.{name}"
    local.parent.mkdir()
    local.write_text("include if exists <abstractions/libvirt-cmdqv>\n")
    out = said("apparmor_parser", "--skip-kernel-load", "--skip-cache", "--debug", "-I", tmp_path / "etc/apparmor.d", "-I", "/etc/apparmor.d",
               tmp_path / "profile")
    assert "/etc/libvirt/cmdqv.conf" in out and MODULE in out, "it was not included"


def test_rpm(upstream, tmp_path):
    """The spec file, by rpm itself; the test replaces Fedora's macros for meson by their expansions."""
    spec = SOURCE / "packaging" / "libvirt-cmdqv.spec"
    rpm = ["--define", f"_topdir {tmp_path}", "--define", f"_sourcedir {upstream.parent}"]
    assert said("rpmspec", *rpm, "-q", "--qf", "%{version} ", spec).split() == [changelog("Version").rpartition("-")[0]] * 4
    said("rpmspec", *rpm, "-P", spec)
    print(said("rpmlint", "-c", SOURCE / "packaging" / "rpmlint.toml", spec))
    said("rpmbuild", *rpm, "-bs", "--nodeps", spec)
    for name, does in {
        "_unitdir": "/usr/lib/systemd/system",
        "meson": "meson setup redhat --prefix=/usr --sysconfdir=/etc --libdir=%{_libdir} --libexecdir=%{_libexecdir} --buildtype=plain",
        "meson_build": "meson compile -C redhat",
        "meson_install": "DESTDIR=%{buildroot} meson install -C redhat",
        "meson_test": "true",
        "debug_package": "%{nil}",
        "systemd_post()": "%{nil}",
        "systemd_preun()": "%{nil}",
        "systemd_postun()": "%{nil}",
    }.items():
        rpm += ["--define", f"{name} {does}"]
    said("rpmbuild", *rpm, "-bb", "--nodeps", "--without", "selinux", spec)
    for package, files in FILES.items():
        built = next(tmp_path.glob(f"RPMS/*/{package}-*.rpm"))
        assert {name for name in said("rpm", "-qpl", built).split() if not OF_RPM.match(name)} == {
            as_in_rpm(name) for name in files if not OF_DEBIAN.match(name)}
        assert ("libvirt-libs >= 8.2" in said("rpm", "-qpR", built).splitlines()) == (package == "virt-cmdqv")
