import { CircleHelp } from "lucide-react";
import { onDemand, PopupButton } from "../../ui/on-demand.tsx";
import { SearchField as Field } from "../../ui/search-field.tsx";

interface SearchFieldProps {
  query: string;
  refused: string | null;
  onSearch: (query: string) => void;
}

const help = onDemand(() => import("./search-help.tsx").then(({ SearchHelp }) => SearchHelp));

export function SearchField(props: SearchFieldProps) {
  return (
    <Field label="Search events" placeholder="Search all events…" {...props}>
      <PopupButton
        popup={help}
        kind="dialog"
        props={{}}
        trigger={{
          "aria-label": "Search help",
          className:
            "shrink-0 rounded-md p-1.5 text-muted hover:bg-hover hover:text-ink data-popup-open:bg-hover",
          children: <CircleHelp aria-hidden size={14} />,
        }}
      />
    </Field>
  );
}
