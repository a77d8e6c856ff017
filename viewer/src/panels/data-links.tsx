import type { FieldDisplay } from "@grafana/data";
import { DataLinksContextMenu } from "@grafana/ui";
import type { MouseEventHandler, ReactElement } from "react";

interface Api {
  readonly openMenu?: MouseEventHandler<HTMLElement>;
}

/** Renders a value, with a menu of its data links if it has any. */
export function WithDataLinks({ value, children }: { value: FieldDisplay; children: (api: Api) => ReactElement }) {
  if (value.hasLinks !== true || value.getLinks === undefined) return children({});
  const { getLinks } = value;
  return (
    <DataLinksContextMenu links={() => getLinks()}>
      {({ openMenu }) => children(openMenu === undefined ? {} : { openMenu })}
    </DataLinksContextMenu>
  );
}
