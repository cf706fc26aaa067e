import { useId, type ReactNode } from "react";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 font-semibold">
        {title}
      </h2>
      <div className="divide-y divide-edge rounded-lg border border-edge">{children}</div>
    </section>
  );
}

interface SettingProps {
  /** Of the control, if the label is for one. */
  id?: string;
  label: string;
  help: ReactNode;
  children: ReactNode;
}

/** A setting's name and what it does, with its control beside or below. */
export function Setting({ id, label, help, children }: SettingProps) {
  const Label = id === undefined ? "p" : "label";
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-3 py-2.5">
      <div className="min-w-56 grow basis-0">
        <Label {...(id !== undefined && { htmlFor: id })} className="font-medium">
          {label}
        </Label>
        <div id={id === undefined ? undefined : `${id}-help`} className="text-muted">
          {help}
        </div>
      </div>
      {children}
    </div>
  );
}
