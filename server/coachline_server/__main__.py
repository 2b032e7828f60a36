"""`coachlined`: the command line as a program. Whatever happens, whoever typed it reads sentences, no traceback."""

import sys
import traceback


def main() -> int:
    """Run the command line; returns or exits with a code of `exits.Exit`."""
    try:
        from coachline_server.cli import app
        from coachline_server.exits import Exit, Stopped
        from coachline_server.store.port import StoreError
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("coachline"):
            raise
        _say(f'coachlined needs {missing.name}; this installs it: pip install "coachline[server]"')
        return 2
    try:
        app(prog_name="coachlined")
    except Stopped as stopped:
        _say(str(stopped))
        return stopped.code
    except StoreError as error:
        _say(str(error))
        return Exit.DATABASE
    except KeyboardInterrupt:
        _say("Interrupted.")
        return Exit.INTERNAL
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing is left to say to him
        return Exit.OK
    except Exception as defect:
        _say(_described(defect))
        return Exit.INTERNAL
    return Exit.OK


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _described(defect: BaseException) -> str:
    """What and where, never the message: it may quote what somebody wrote."""
    frames = traceback.extract_tb(defect.__traceback__)
    while isinstance(defect, BaseExceptionGroup):
        defect = defect.exceptions[0]
        frames = traceback.extract_tb(defect.__traceback__) or frames
    where = f" in {frames[-1].name}, {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"This is a defect of coachlined: {type(defect).__name__}{where}. Please report it with this line."


if __name__ == "__main__":
    sys.exit(main())
