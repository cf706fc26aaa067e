/**
 * Draw the notices that lie over the page. In: the notice store. Out: what failed, Retry, Dismiss.
 */
import { CircleAlert, RotateCw, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { noticeStore, type Notice } from "../../state/notices.ts";

export function Notices() {
  const notices = useSyncExternalStore(noticeStore.subscribe, noticeStore.get);
  return (
    <div role="alert" className="pointer-events-none fixed right-3 bottom-32 z-40 flex w-[min(24rem,calc(100vw-1.5rem))] flex-col gap-2 md:bottom-20">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const dismiss = () => noticeStore.dismiss(notice.id);
  const retry = () => {
    dismiss();
    notice.retry?.();
  };
  return (
    <div className="tone-failed pointer-events-auto flex items-start gap-2 rounded-lg border border-strong-edge bg-raised p-3 shadow-over">
      <CircleAlert aria-hidden size={16} className="toned mt-px shrink-0" />
      <div className="min-w-0 grow">
        <p className="font-medium">{notice.title}</p>
        <p className="break-words text-muted">{notice.detail}</p>
        {notice.retry === null ? null : (
          <button type="button" onClick={retry} className="mt-2 inline-flex h-7 items-center gap-1.5 rounded-md border border-strong-edge px-2 font-medium hover:bg-hover">
            <RotateCw aria-hidden size={12} /> Retry
          </button>
        )}
      </div>
      <button type="button" aria-label="Dismiss" onClick={dismiss} className="-m-1 rounded-sm p-1 text-muted hover:bg-hover hover:text-ink">
        <X aria-hidden size={14} />
      </button>
    </div>
  );
}
