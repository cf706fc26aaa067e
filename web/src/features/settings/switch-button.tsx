interface SwitchButtonProps {
  /** The `id` of its `Setting`, whose label and help describe it. */
  id: string;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

export function SwitchButton({ id, on, disabled = false, onChange }: SwitchButtonProps) {
  return (
    <button
      id={id}
      type="button"
      role="switch"
      aria-checked={on}
      aria-describedby={`${id}-help`}
      disabled={disabled}
      onClick={() => onChange(!on)}
      className="group inline-flex h-8 shrink-0 items-center gap-2 rounded-md px-1 enabled:hover:bg-hover disabled:opacity-60"
    >
      <span className="w-6 text-right text-muted">{on ? "On" : "Off"}</span>
      <span className="flex h-5 w-9 items-center rounded-full border border-strong-edge bg-panel px-0.5 group-aria-checked:border-working group-aria-checked:bg-working">
        <span className="size-3.5 rounded-full bg-muted transition-transform group-aria-checked:translate-x-4 group-aria-checked:bg-ground" />
      </span>
    </button>
  );
}
