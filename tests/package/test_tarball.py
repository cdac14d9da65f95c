"""The command that makes a release, in a clone: the tag, the tarball, and neither of them if a step fails."""
import tarfile

from conftest import BUILD, changelog, release, said, version_of_upstream


def tags(clone):
    return said("git", "tag", cwd=clone).split()


def test_release(clone, upstream):
    """The tarball has all files of the tag but Debian's packaging, which is added to it."""
    name = f"{changelog('Source')}-{version_of_upstream()}"
    assert tags(clone) == [f"v{version_of_upstream()}"]
    with tarfile.open(upstream) as archive:
        files = {member.name.removeprefix(f"{name}/") for member in archive.getmembers() if not member.isdir()}
    tracked = set(said("git", "ls-files", cwd=clone).splitlines())
    assert files == {file for file in tracked if not file.startswith("debian/")}


def test_release_again(clone, upstream):
    """A tag and a tarball are made once."""
    assert "is there already" in release(clone, status=1) and upstream.exists()


def test_nothing_is_left(clone, upstream):
    """If the tarball does not pass its tests, there is neither a tag nor a tarball; nor if the tree has changes."""
    kept = upstream.rename(BUILD / "kept")
    said("git", "tag", "-d", f"v{version_of_upstream()}", cwd=clone)
    try:
        assert "does not pass its tests" in release(clone, "--check", "false", status=1)
        assert tags(clone) == [] and not upstream.exists()
        (clone / "added").write_text("")
        assert "not committed" in release(clone, "--check", "true", status=1)
        assert tags(clone) == [] and not upstream.exists()
    finally:
        (clone / "added").unlink(missing_ok=True)
        kept.rename(upstream)
