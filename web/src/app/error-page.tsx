/** What replaces a page that failed or does not exist; the shell stays. */
import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { CircleAlert, RefreshCw, RotateCw } from "lucide-react";
import { useEffect } from "react";
import { useNoLog } from "../ui/use-live.ts";
import { Button, SkeletonRows } from "../ui/states.tsx";

/** Each browser words a failed dynamic import differently. */
const MISSING_PART =
  /dynamically imported module|importing a module script failed|unable to preload/i;

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  useNoLog();
  useEffect(() => console.error(error), [error]);
  const problem = error instanceof Error && error.message !== "" ? error.message : String(error);
  const isMissing = MISSING_PART.test(problem);
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className="min-w-0 grow overflow-y-auto">
      <div className="mx-auto mt-[12vh] mb-8 max-w-xl px-4" role="alert">
        <CircleAlert aria-hidden size={20} className="tone-failed toned" />
        <h1 className="mt-2 text-base font-semibold">
          {isMissing ? "This view couldn’t be loaded" : "This view crashed"}
        </h1>
        <p className="mt-1 text-muted">
          {isMissing
            ? "Hookwatch was updated while this page was open, or it isn’t running. Reload the page."
            : "Other views still work, and your data is safe. Only the display failed."}
        </p>
        <pre className="mt-3 max-h-40 overflow-auto rounded-md border border-edge bg-panel p-3 font-mono text-xs break-words whitespace-pre-wrap">
          {problem}
        </pre>
        <div className="mt-4 flex gap-2">
          {isMissing ? null : (
            <Button onClick={retry}>
              <RotateCw aria-hidden size={13} /> Retry
            </Button>
          )}
          <Button onClick={() => window.location.reload()}>
            <RefreshCw aria-hidden size={13} /> Reload
          </Button>
        </div>
      </div>
    </main>
  );
}

export function NotFound() {
  useNoLog();
  return (
    <main className="min-w-0 grow p-6">
      <h1 className="text-base font-semibold">Page not found</h1>
      <p className="mt-1 mb-3 text-muted">
        Check the address. It may also come from another version of Hookwatch.
      </p>
      <Link to="/" className="tone-working toned underline underline-offset-2">
        Go to Sessions
      </Link>
    </main>
  );
}

export function Pending() {
  return (
    <main className="flex min-w-0 grow flex-col">
      <SkeletonRows label="Loading view" />
    </main>
  );
}
