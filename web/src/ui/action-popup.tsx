/** The opened `ActionMenu`, and the rows of any menu of actions. */
import { Menu } from "@base-ui/react/menu";
import type { ActionMenuProps, MenuAction } from "./action-menu.tsx";
import type { Trigger } from "./on-demand.tsx";

export function ActionPopup({ trigger, ...rest }: ActionMenuProps & { trigger: Trigger }) {
  return (
    <Menu.Root defaultOpen modal={false}>
      <Menu.Trigger {...trigger} />
      <Menu.Portal>
        <Menu.Positioner
          sideOffset={4}
          align="end"
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <ActionRows {...rest} />
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

export function ActionRows({ actions, note = null }: ActionMenuProps) {
  return (
    <Menu.Popup className="max-w-[min(20rem,var(--available-width))] min-w-52 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none">
      {actions.map((action) => (
        <ActionRow key={action.name} action={action} />
      ))}
      {note === null ? null : <p className="px-2 pt-1 pb-0.5 text-xs text-muted">{note}</p>}
    </Menu.Popup>
  );
}

const ROW =
  "flex min-h-7 w-full cursor-pointer items-center gap-4 rounded-md px-2 text-left outline-none select-none data-highlighted:bg-hover max-md:min-h-9";

function ActionRow({ action: { name, hint, startsGroup = false, goal } }: { action: MenuAction }) {
  const content = (
    <>
      <span className="grow">{name}</span>
      {hint === undefined ? null : <span className="text-xs text-muted">{hint}</span>}
    </>
  );
  return (
    <>
      {startsGroup ? <Menu.Separator className="my-1 border-t border-edge" /> : null}
      {"run" in goal ? (
        <Menu.Item onClick={goal.run} className={ROW}>
          {content}
        </Menu.Item>
      ) : (
        <Menu.Item
          render={
            <a href={"file" in goal ? goal.file : goal.href} download={"file" in goal || undefined}>
              {content}
            </a>
          }
          className={ROW}
        />
      )}
    </>
  );
}
