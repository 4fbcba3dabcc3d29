/** The tokens that stand for passwords (shared/balance/masked-text.ts), shown as dots that are deleted or passed over only as a whole. */
import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view'
import { tokenPattern } from '../../../../shared/balance/index.ts'
import { mask } from '../../../../shared/balance/masked-line.ts'

class SecretDots extends WidgetType {
  override eq(): boolean {
    return true
  }

  override toDOM(): HTMLElement {
    const dots = document.createElement('span')
    dots.className = 'cm-secret'
    dots.textContent = mask
    return dots
  }
}

/** A plugin that decorates every match of a pattern. */
function decorating(matcher: MatchDecorator) {
  return class {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = matcher.createDeco(view)
    }

    update(update: ViewUpdate): void {
      this.decorations = matcher.updateDeco(update, this.decorations)
    }
  }
}

const secrets = new MatchDecorator({
  regexp: new RegExp(tokenPattern.source, 'g'),
  decoration: Decoration.replace({ widget: new SecretDots() }),
})

export const maskedSecrets = ViewPlugin.fromClass(decorating(secrets), {
  decorations: plugin => plugin.decorations,
  provide: plugin => EditorView.atomicRanges.of(view => view.plugin(plugin)?.decorations ?? Decoration.none),
})

const comments = new MatchDecorator({
  regexp: /^[ \t]*(?:#|\/\/).*$/gm,
  decoration: Decoration.mark({ class: 'cm-comment' }),
})

export const dimComments = ViewPlugin.fromClass(decorating(comments), {
  decorations: plugin => plugin.decorations,
})
