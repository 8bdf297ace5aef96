"""Pictures as inline SVG, each with its numbers in a table. The functions are pure.

A picture has presentation attributes and classes only, because the pages' Content-Security-Policy
allows no `style` attributes. The classes' colours are those of the page, light or dark.
"""
