"""The server's own client of a kernel, which runs the notebook in it."""

from __future__ import annotations

import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient

ANSWER_SECONDS = 1.0
"""For a kernel that is starting; then it is asked again."""

NEWS_SECONDS = 0.2
"""For its first news, once it has answered."""


class NotebookClient(AsyncKernelClient):
    """Waits for a kernel no longer than until it is ready.

    Jupyter's own client then waits another fifth of a second for news that nobody wants: they
    belong to no cell, and whoever runs cells leaves them out.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, and its news arrive.

        Raises
        ------
        RuntimeError
            If it dies, or takes longer than the timeout, in seconds.
        """
        began = time.monotonic()
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if timeout is not None and time.monotonic() - began > timeout:
                raise RuntimeError(f"Kernel didn't respond in {timeout:.0f} seconds")

    async def _answers(self) -> bool:
        self.kernel_info()
        try:
            reply = await self.shell_channel.get_msg(timeout=ANSWER_SECONDS)
            if reply["msg_type"] != "kernel_info_reply":
                return False
            await self.iopub_channel.get_msg(timeout=NEWS_SECONDS)
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True
