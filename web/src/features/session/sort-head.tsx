/**
 * The head of a column that sorts. In: the order in force. Out: a button that says it, and the next.
 */
import { ArrowDown, ArrowUp } from "lucide-react";
import { nextOrder, type Order } from "../../url/sorting.ts";

interface SortHeadProps<C extends string> {
  column: C;
  name: string;
  title?: string;
  order: Order<C>;
  isName?: boolean;
  className?: string;
  onOrder: (order: Order<C>) => void;
}

export function SortHead<C extends string>({
  column,
  name,
  title,
  order,
  isName = false,
  className = "",
  onOrder,
}: SortHeadProps<C>) {
  const mine = order.column === column;
  const Arrow = order.down ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      title={title}
      aria-sort={mine ? (order.down ? "descending" : "ascending") : undefined}
      className={`font-normal ${isName ? "text-left" : "text-right"} ${className}`}
    >
      <button
        type="button"
        onClick={() => onOrder(nextOrder(order, column))}
        className={`inline-flex h-7 items-center gap-1 rounded-sm px-2 hover:text-ink max-md:h-9 ${mine ? "text-ink" : ""}`}
      >
        {name}
        {mine ? <Arrow aria-hidden size={11} /> : null}
      </button>
    </th>
  );
}
