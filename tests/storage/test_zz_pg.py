import os, subprocess, sys, threading, time, traceback
from pathlib import Path
import pytest, sqlalchemy as sa
import dalt
from dalt import cli
from dalt.project.backups.series import keep_backing_up

def attempt(name, f):
    try:
        r = f(); print("   ", name, "ok", str(r)[:250])
    except dalt.DaltError as e:
        s = str(e); print("   ", name, type(e).__name__, s[:300], "!!! SECRET" if "not-to-be-seen" in s else "", "!!! LINES" if "\n" in s else "")
    except BaseException as e:
        print("!!!", name, repr(e)[:400]); traceback.print_exc(limit=-4, file=sys.stdout)

def test_pg(tmp_path, cluster, monkeypatch, capsys):
    url = cluster.url("vault_pg"); monkeypatch.setenv("DALT_DATABASE_URL", url)
    f = tmp_path/"pets.dalt"
    with capsys.disabled():
        with dalt.Project.create(f, classes=["cat","dog"]) as p:
            p.add_texts([f"t {i}" for i in range(30)], progress=False)
            with p.session("ana") as s:
                for i in range(5): s.submit(s.next(), "cat")
                s.note(p.samples().sample_id[0], comment="x")
        attempt("check", lambda: dalt.check(f, progress=False))
        attempt("backup", lambda: dalt.backup(f, tmp_path/"b.tar.zst", progress=False))
        attempt("restore", lambda: dalt.restore(tmp_path/"b.tar.zst", tmp_path/"again.dalt", progress=False))
        attempt("check again", lambda: dalt.check(tmp_path/"again.dalt", progress=False))
        attempt("migrate again", lambda: dalt.Project.migrate(tmp_path/"again.dalt", "postgresql", progress=False))
        attempt("check migrated", lambda: dalt.check(tmp_path/"again.dalt", progress=False))
        attempt("restore at", lambda: dalt.restore(tmp_path/"b.tar.zst", tmp_path/"at.dalt", at=__import__("datetime").datetime(2020,1,1), progress=False))
        # while people label
        stop = threading.Event()
        def label():
            with dalt.Project.open(f, thin=True) as p, p.session("zoe") as s:
                while not stop.is_set():
                    a = s.next()
                    if a is None:
                        while s.undo(): pass
                        continue
                    s.submit(a, "dog")
        t = threading.Thread(target=label); t.start()
        for i in range(4): attempt("backup while", lambda: dalt.backup(f, tmp_path/"b.tar.zst", progress=False))
        attempt("check while", lambda: dalt.check(f, progress=False))
        stop.set(); t.join()
        # a backend killed in the middle
        eng = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        def kill(*a):
            with eng.begin() as db: db.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
        n = [0]
        def prog(what, done, total):
            n[0] += 1
            if n[0] == 5: kill()
        before = (tmp_path/"b.tar.zst").read_bytes()
        attempt("backup, backend killed", lambda: dalt.backup(f, tmp_path/"b.tar.zst", progress=prog))
        print("   same", before == (tmp_path/"b.tar.zst").read_bytes(), os.listdir(tmp_path))
        attempt("check after", lambda: dalt.check(f, progress=False))
        # rows by hand
        with eng.begin() as db:
            schemas = [r[0] for r in db.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dalt_%%'")]
            print(schemas)
        sid = dalt.Project.open(f, thin=True); schema = sid.workspace.store.database.place.schema; sid.close()
        def sql(q):
            with eng.begin() as db: db.exec_driver_sql(f"SET search_path TO {schema}"); db.exec_driver_sql("SET session_replication_role TO replica"); db.exec_driver_sql(q)
        sql("UPDATE notes SET comment = 'y'"); attempt("note", lambda: dalt.check(f, progress=False).findings)
        sql("UPDATE samples SET location = '{' WHERE position = 3"); attempt("location", lambda: dalt.check(f, progress=False).findings)
        attempt("backup damaged", lambda: dalt.backup(f, tmp_path/"d.tar.zst", progress=False))
        sql("DELETE FROM samples WHERE position = 4"); attempt("orphans", lambda: [str(x) for x in dalt.check(f, progress=False).findings][:3])
        attempt("backup orphans", lambda: dalt.backup(f, tmp_path/"d2.tar.zst", progress=False))
        sql("DROP TABLE notes"); attempt("no notes", lambda: [str(x) for x in dalt.check(f, progress=False).findings][:3])
        attempt("backup no notes", lambda: dalt.backup(f, tmp_path/"d3.tar.zst", progress=False)); attempt("repair", lambda: [str(x) for x in dalt.check(f, repair=True, progress=False).findings][:3])
        # away
        monkeypatch.setenv("DALT_DATABASE_URL", "postgresql://u:not-to-be-seen@127.0.0.1:1/x")
        attempt("away check", lambda: dalt.check(f, progress=False)); attempt("away backup", lambda: dalt.backup(f, tmp_path/"d.tar.zst", progress=False))
        said = []; e = threading.Event(); threading.Timer(1.5, e.set).start()
        attempt("away series", lambda: keep_backing_up(f, tmp_path/"bs", 0.5, 2, e, said.append)); print(said)
        monkeypatch.delenv("DALT_DATABASE_URL"); attempt("no url check", lambda: dalt.check(f, progress=False)); attempt("no url backup", lambda: dalt.backup(f, tmp_path/"d.tar.zst", progress=False))
