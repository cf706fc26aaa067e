/**
 * Draw the notices that lie over the page. In: the notice store. Out: what failed, Retry, Dismiss.
 * Both live regions are always there: a region that comes with its first words is not read out.
 */
import { CircleAlert, Info, RotateCw, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { noticeStore, type Notice } from "../../state/notices.ts";

export function Notices() {
  const notices = useSyncExternalStore(noticeStore.subscribe, noticeStore.get);
  return (
    // On a phone they lie above the bar of views, on a desk above a view's own corner controls.
    <div className="pointer-events-none fixed inset-x-3 bottom-[calc(4.5rem+env(safe-area-inset-bottom))] z-40 flex flex-col items-end gap-2 md:bottom-20">
      <div role="alert" className="contents">
        <Cards notices={notices.filter(({ kind }) => kind === "failure")} />
      </div>
      <div role="status" className="contents">
        <Cards notices={notices.filter(({ kind }) => kind === "word")} />
      </div>
    </div>
  );
}

function Cards({ notices }: { notices: readonly Notice[] }) {
  return notices.map((notice) => <NoticeCard key={notice.id} notice={notice} />);
}

function NoticeCard({ notice }: { notice: Notice }) {
  const dismiss = () => noticeStore.dismiss(notice.id);
  const retry = () => {
    dismiss();
    notice.retry?.();
  };
  const isFailure = notice.kind === "failure";
  const Icon = isFailure ? CircleAlert : Info;
  return (
    <div className={`tone-${isFailure ? "failed" : "quiet"} pointer-events-auto flex w-full max-w-96 items-start gap-2 rounded-lg border border-strong-edge bg-raised p-3 shadow-over`}>
      <Icon aria-hidden size={16} className="toned mt-px shrink-0" />
      <div className="min-w-0 grow">
        <p className="font-medium">{notice.title}</p>
        {notice.detail === "" ? null : <p className="break-words text-muted">{notice.detail}</p>}
        {notice.retry === null ? null : (
          <button type="button" onClick={retry} className="mt-2 inline-flex h-7 items-center gap-1.5 rounded-md border border-strong-edge px-2 font-medium hover:bg-hover">
            <RotateCw aria-hidden size={12} /> Retry
          </button>
        )}
      </div>
      <button type="button" aria-label="Dismiss" onClick={dismiss} className="-m-1 grid size-6 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink">
        <X aria-hidden size={14} />
      </button>
    </div>
  );
}
